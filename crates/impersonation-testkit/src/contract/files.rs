//! The content of files. These cases are [`file_contract_suite!`](crate::file_contract_suite)'s.

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use impersonation_domain::{
    ids::{FileId, OrganizationId},
    message::{FileError, MAX_FILE_SIZE, MediaType},
    ports::{ByteStream, FileStore, FileStoreError, IdGenerator, StoredObject, generate},
};
use sha2::{Digest, Sha256};

use crate::{environment::SequentialIds, store::OpenFiles};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on";
const MEBIBYTE: usize = 1024 * 1024;

fn media(text: &str) -> MediaType {
    MediaType::new(text).expect("the test uses a media type")
}

/// The content in pieces of so many bytes.
fn pieces(content: &[u8], of: usize) -> ByteStream {
    let pieces: Vec<Result<Bytes, FileStoreError>> =
        content.chunks(of).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces).boxed()
}

/// So many pieces of a mebibyte each.
fn mebibytes(count: usize) -> ByteStream {
    let piece = Bytes::from(vec![b'a'; MEBIBYTE]);
    stream::iter(std::iter::repeat_n(piece, count).map(Ok)).boxed()
}

struct Shelf<'a> {
    files: &'a dyn FileStore,
    organization: OrganizationId,
    ids: SequentialIds,
}

impl<'a> Shelf<'a> {
    fn new(open: &'a OpenFiles) -> Self {
        let ids = SequentialIds::default();
        Self { files: open.files.as_ref(), organization: generate(&ids), ids }
    }

    fn id(&self) -> FileId {
        generate(&self.ids as &dyn IdGenerator)
    }

    async fn put(
        &self,
        file: FileId,
        kind: &str,
        content: ByteStream,
    ) -> Result<StoredObject, FileStoreError> {
        self.files.put(self.organization, file, &media(kind), content).await
    }

    async fn get(&self, file: FileId) -> Option<Vec<u8>> {
        match self.files.get(self.organization, file).await {
            Ok(content) => {
                let whole: Vec<Bytes> = content.try_collect().await.expect("it can be read");
                Some(whole.concat())
            }
            Err(FileStoreError::NotFound) => None,
            Err(error) => panic!("it is there or it is not, but {error:?}"),
        }
    }

    async fn refused(&self, kind: &str, content: ByteStream) -> FileError {
        let file = self.id();
        let error = match self.put(file, kind, content).await {
            Err(FileStoreError::Refused(error)) => error,
            other => panic!("it is refused, but {other:?}"),
        };
        assert_eq!(self.get(file).await, None, "what was refused leaves nothing behind");
        error
    }
}

/// The content comes back byte by byte, however it was cut, with its size and hash.
pub async fn content_is_read_back_byte_by_byte(open: &OpenFiles) {
    let shelf = Shelf::new(open);
    let content: Vec<u8> =
        (0..100_000_u32).map(|number| (number.wrapping_mul(number) >> 3) as u8).collect();
    for size in [1, 7, 4_096, 65_536, 100_000] {
        let length = if size == 1 { 10_000 } else { content.len() };
        let (file, content) = (shelf.id(), &content[..length]);
        let stored = shelf.put(file, "application/octet-stream", pieces(content, size)).await;
        let sha256 = Sha256::digest(content).into();
        assert_eq!(stored.unwrap(), StoredObject { size: length as u64, sha256 });
        assert_eq!(shelf.get(file).await.as_deref(), Some(content), "in pieces of {size}");
    }
    let file = shelf.id();
    shelf.put(file, "text/plain", pieces(b"x", 1)).await.unwrap();
    assert_eq!(shelf.get(file).await.as_deref(), Some(&b"x"[..]));
}

/// Nothing at all is no file, in no piece and in empty ones.
pub async fn empty_content_is_refused(open: &OpenFiles) {
    let shelf = Shelf::new(open);
    assert_eq!(shelf.refused("text/plain", stream::empty().boxed()).await, FileError::Empty);
    let empty = stream::iter([Ok(Bytes::new()), Ok(Bytes::new())]).boxed();
    assert_eq!(shelf.refused("text/plain", empty).await, FileError::Empty);
}

/// The largest file has room.
pub async fn the_largest_file_has_room(open: &OpenFiles) {
    let shelf = Shelf::new(open);
    let file = shelf.id();
    let count = usize::try_from(MAX_FILE_SIZE).expect("it fits") / MEBIBYTE;
    let stored = shelf.put(file, "text/plain", mebibytes(count)).await.unwrap();
    assert_eq!(stored.size, MAX_FILE_SIZE);
    let content = shelf.get(file).await.expect("it is there");
    assert_eq!(content.len() as u64, MAX_FILE_SIZE);
    assert!(content.iter().all(|byte| *byte == b'a'));
}

/// One byte more is refused, and so is content without an end, as soon as it is too much.
pub async fn content_that_is_too_large_is_refused_while_it_comes(open: &OpenFiles) {
    let shelf = Shelf::new(open);
    let count = usize::try_from(MAX_FILE_SIZE).expect("it fits") / MEBIBYTE;
    let more = mebibytes(count).chain(pieces(b"x", 1)).boxed();
    assert_eq!(shelf.refused("text/plain", more).await, FileError::TooLarge);
    let piece = Bytes::from(vec![b'a'; MEBIBYTE]);
    let endless = stream::repeat_with(move || Ok(piece.clone())).boxed();
    assert_eq!(shelf.refused("text/plain", endless).await, FileError::TooLarge);
}

/// A file is what it says, even where its first bytes come one by one.
pub async fn content_of_another_type_is_refused(open: &OpenFiles) {
    let shelf = Shelf::new(open);
    for size in [1, 3, 1_000] {
        let file = shelf.id();
        shelf.put(file, "image/png", pieces(PNG, size)).await.unwrap();
        assert_eq!(shelf.get(file).await.as_deref(), Some(PNG));
        for (kind, content) in
            [("image/png", &b"no picture"[..]), ("image/jpeg", PNG), ("application/pdf", PNG)]
        {
            let error = shelf.refused(kind, pieces(content, size)).await;
            assert!(matches!(error, FileError::TypeMismatch { .. }), "{kind}: {error:?}");
        }
    }
    let mut long = PNG.to_vec();
    long.resize(3 * MEBIBYTE, 0);
    let error = shelf.refused("image/gif", pieces(&long, MEBIBYTE)).await;
    assert!(matches!(error, FileError::TypeMismatch { .. }), "{error:?}");
}

/// An upload that breaks off leaves nothing behind, and says so.
pub async fn an_interrupted_upload_leaves_nothing(open: &OpenFiles) {
    let shelf = Shelf::new(open);
    for before in [0, 1, 8] {
        let file = shelf.id();
        let broken = stream::once(async {
            Err(FileStoreError::Interrupted(Box::new(io::Error::other("the line is dead"))))
        });
        let content = mebibytes(before).chain(broken).boxed();
        let result = shelf.put(file, "text/plain", content).await;
        assert!(matches!(result, Err(FileStoreError::Interrupted(_))), "{result:?}");
        assert_eq!(shelf.get(file).await, None);
    }
}

/// A file that was never stored is not there.
pub async fn an_unknown_file_is_not_found(open: &OpenFiles) {
    let shelf = Shelf::new(open);
    assert_eq!(shelf.get(shelf.id()).await, None);
}

/// A deleted file is gone, others stay, and deleting again is no error.
pub async fn a_deleted_file_is_gone(open: &OpenFiles) {
    let shelf = Shelf::new(open);
    let (one, two) = (shelf.id(), shelf.id());
    shelf.put(one, "text/plain", pieces(b"one", 10)).await.unwrap();
    shelf.put(two, "text/plain", pieces(b"two", 10)).await.unwrap();
    for _ in 0..2 {
        shelf.files.delete(shelf.organization, one).await.unwrap();
        assert_eq!(shelf.get(one).await, None);
    }
    assert_eq!(shelf.get(two).await.as_deref(), Some(&b"two"[..]));
}

/// Another organization's file is not there, and is not deleted from here.
pub async fn t1_a_file_of_another_organization_is_out_of_reach(open: &OpenFiles) {
    let here = Shelf::new(open);
    let there =
        Shelf { files: here.files, organization: generate(&here.ids), ids: here.ids.clone() };
    let file = here.id();
    here.put(file, "text/plain", pieces(b"of here", 10)).await.unwrap();
    assert_eq!(there.get(file).await, None);
    there.files.delete(there.organization, file).await.unwrap();
    there.put(file, "text/plain", pieces(b"of there", 10)).await.unwrap();
    assert_eq!(here.get(file).await.as_deref(), Some(&b"of here"[..]));
    assert_eq!(there.get(file).await.as_deref(), Some(&b"of there"[..]));
}
