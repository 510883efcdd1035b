//! Files in a folder.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use impersonation_domain::{
    ids::{FileId, OrganizationId},
    message::{FileError, MAX_FILE_SIZE, MediaType},
    ports::{ByteStream, FileStore, FileStoreError, IdGenerator, generate},
};
use impersonation_server::adapters::{FileLocation, ObjectFileStore, UuidV7Generator};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

struct Store {
    folder: TempDir,
    files: ObjectFileStore,
    organization: OrganizationId,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files =
            ObjectFileStore::open(&FileLocation::Folder(folder.path().join("files"))).unwrap();
        Self { folder, files, organization: id() }
    }

    async fn put(&self, media_type: &str, content: ByteStream) -> Result<FileId, FileStoreError> {
        let file = id();
        let media_type = MediaType::new(media_type).unwrap();
        self.files.put(self.organization, file, &media_type, content).await.map(|_| file)
    }

    /// All files in the folder, whatever they are called.
    fn everything(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }
}

fn id<T: impersonation_domain::ids::TypedId>() -> T {
    let ids: &dyn IdGenerator = &UuidV7Generator;
    generate(ids)
}

fn pieces(pieces: Vec<Vec<u8>>) -> ByteStream {
    stream::iter(pieces.into_iter().map(|piece| Ok(Bytes::from(piece)))).boxed()
}

/// Content of this size in pieces of 64 KiB, each made when it is asked for.
fn zeros(size: u64, asked: Arc<AtomicU64>) -> ByteStream {
    const PIECE: u64 = 64 * 1024;
    let counts = (0..size.div_ceil(PIECE)).map(move |i| PIECE.min(size - i * PIECE));
    stream::iter(counts)
        .map(move |count| {
            asked.fetch_add(count, Ordering::Relaxed);
            Ok(Bytes::from(vec![0; usize::try_from(count).unwrap()]))
        })
        .boxed()
}

#[tokio::test]
async fn what_is_stored_comes_back_with_its_size_and_hash() {
    let store = Store::new();
    let png = b"\x89PNG\r\n\x1a\n".to_vec();
    let body: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let (file, whole) = (id(), [png.clone(), body.clone()].concat());
    // The signature comes a byte at a time: it has to be put together before it is looked at.
    let content: Vec<Vec<u8>> =
        png.iter().map(|byte| vec![*byte]).chain(body.chunks(10_000).map(<[u8]>::to_vec)).collect();
    let media_type = MediaType::new("image/png").unwrap();
    let stored =
        store.files.put(store.organization, file, &media_type, pieces(content)).await.unwrap();
    assert_eq!(stored.size, whole.len() as u64);
    assert_eq!(stored.sha256, <[u8; 32]>::from(Sha256::digest(&whole)));
    let read: Vec<Bytes> =
        store.files.get(store.organization, file).await.unwrap().try_collect().await.unwrap();
    assert!(read.len() > 1, "it is read in pieces");
    assert_eq!(read.concat(), whole);
}

#[tokio::test]
async fn a_file_has_up_to_25_mib() {
    let store = Store::new();
    let file =
        store.put("application/octet-stream", zeros(MAX_FILE_SIZE, Arc::default())).await.unwrap();
    let read = store.files.get(store.organization, file).await.unwrap();
    let size = read.try_fold(0, async |size, piece| Ok(size + piece.len() as u64)).await.unwrap();
    assert_eq!(size, MAX_FILE_SIZE);
}

#[tokio::test]
async fn a_larger_one_is_refused_at_the_limit_and_leaves_nothing() {
    let store = Store::new();
    let asked = Arc::new(AtomicU64::new(0));
    let error = store
        .put("application/octet-stream", zeros(MAX_FILE_SIZE * 40, asked.clone()))
        .await
        .unwrap_err();
    assert!(matches!(error, FileStoreError::Refused(FileError::TooLarge)), "{error}");
    assert!(
        asked.load(Ordering::Relaxed) < MAX_FILE_SIZE + 1024 * 1024,
        "the rest is not even read"
    );
    assert_eq!(store.everything(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn content_of_another_type_is_refused_before_anything_is_written() {
    let store = Store::new();
    let error = store
        .put("image/png", pieces(vec![b"GIF89a".to_vec(), vec![0; 100_000]]))
        .await
        .unwrap_err();
    assert!(matches!(error, FileStoreError::Refused(FileError::TypeMismatch { .. })), "{error}");
    let error = store.put("text/plain", pieces(vec![])).await.unwrap_err();
    assert!(matches!(error, FileStoreError::Refused(FileError::Empty)), "{error}");
    let error = store.put("text/plain", pieces(vec![vec![], vec![]])).await.unwrap_err();
    assert!(matches!(error, FileStoreError::Refused(FileError::Empty)), "{error}");
    assert_eq!(store.everything(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let store = Store::new();
    let broken = || FileStoreError::Interrupted("the connection was closed".into());
    let content = zeros(3_000_000, Arc::default()).chain(stream::iter([Err(broken())])).boxed();
    let error = store.put("application/octet-stream", content).await.unwrap_err();
    assert!(matches!(error, FileStoreError::Interrupted(_)), "{error}");
    assert_eq!(store.everything(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn an_upload_that_nobody_waits_for_leaves_nothing() {
    let store = Arc::new(Store::new());
    let content = zeros(3_000_000, Arc::default()).chain(stream::pending()).boxed();
    let upload = tokio::spawn({
        let store = store.clone();
        async move { store.put("application/octet-stream", content).await }
    });
    while store.everything().is_empty() {
        tokio::task::yield_now().await;
    }
    upload.abort();
    assert!(upload.await.unwrap_err().is_cancelled());
    while !store.everything().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn another_organizations_file_is_not_there() {
    let store = Store::new();
    let file = store.put("text/plain", pieces(vec![b"hello".to_vec()])).await.unwrap();
    let other = store.files.get(id(), file).await.err().unwrap();
    assert!(matches!(other, FileStoreError::NotFound), "{other}");
    store.files.delete(id(), file).await.unwrap();
    assert_eq!(store.everything().len(), 1);
    store.files.delete(store.organization, file).await.unwrap();
    store.files.delete(store.organization, file).await.unwrap();
    assert!(matches!(
        store.files.get(store.organization, file).await.err().unwrap(),
        FileStoreError::NotFound
    ));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_refused_in_a_sentence() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("file"), "x").unwrap();
    let error =
        ObjectFileStore::open(&FileLocation::Folder(home.path().join("file/files"))).unwrap_err();
    assert!(error.to_string().contains("cannot use the folder"), "{error}");
    let usable = ObjectFileStore::open(&FileLocation::Folder(home.path().join("files"))).unwrap();
    usable.probe().await.unwrap();
    assert!(Path::new(&home.path().join("files")).is_dir());
}
