//! The calls that stand before those of the C library.
//!
//! Calls on what is not watched are passed on untouched and without a lock. `open` and `openat` take
//! a mode only where they create; on the platforms that this is for it comes in a register in any
//! case, so that they can be written as functions with a fixed number of arguments.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    mem::transmute_copy,
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

use libc::{mode_t, off_t, size_t, ssize_t};

use crate::{
    trace::{Kind, Record},
    watch::{Call, Verdict, file_at, file_of, lock, set},
};

/// The function of this name that comes after ours.
///
/// # Safety
/// `F` must be the type of a pointer to it.
unsafe fn next<F: Copy>(cell: &AtomicPtr<c_void>, name: &CStr) -> F {
    let mut found = cell.load(Ordering::Relaxed);
    if found.is_null() {
        // SAFETY: the name ends with a zero, and looking it up has no other demands.
        found = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) };
        if found.is_null() {
            std::process::abort();
        }
        cell.store(found, Ordering::Relaxed);
    }
    // SAFETY: the caller says that `F` is a pointer to this function.
    unsafe { transmute_copy(&found) }
}

/// Calls the function of this name that comes after ours.
macro_rules! next {
    ($name:literal, fn($($argument:expr => $type:ty),+) -> $answer:ty) => {{
        static CELL: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
        // SAFETY: the types are those of the C library's declaration, and the arguments those that
        // our caller has given for that very function.
        unsafe {
            let next: unsafe extern "C" fn($($type),+) -> $answer = next(&CELL, $name);
            next($($argument),+)
        }
    }};
}

fn fail(number: c_int) -> c_int {
    // SAFETY: the place is this thread's own.
    unsafe { *libc::__errno_location() = number };
    -1
}

/// The watched file at this path.
///
/// # Safety
/// The path must be null or end with a zero.
unsafe fn watched(path: *const c_char) -> Option<u8> {
    // SAFETY: as for this function.
    if path.is_null() { None } else { file_at(unsafe { CStr::from_ptr(path) }.to_bytes()) }
}

/// Opens a watched file by `open`, and notes whether it was made or emptied.
fn open_watched(
    file: u8,
    path: *const c_char,
    flags: c_int,
    open: impl FnOnce() -> c_int,
) -> c_int {
    let mut watch = lock();
    // SAFETY: the caller's path; nothing is written.
    let existed = unsafe { libc::access(path, libc::F_OK) } == 0;
    let descriptor = open();
    if descriptor >= 0 {
        set(descriptor, Some(file));
        if let Some(watch) = &mut watch {
            if !existed {
                watch.note(Kind::Create, file, 0);
            } else if flags & libc::O_TRUNC != 0 {
                watch.note(Kind::Truncate, file, 0);
            }
        }
    }
    descriptor
}

macro_rules! open {
    ($($function:ident, $name:literal;)+) => {$(
        /// As in the C library.
        ///
        /// # Safety
        /// As in the C library.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
            let open = || next!($name, fn(path => *const c_char, flags => c_int, mode => mode_t) -> c_int);
            // SAFETY: the caller's path.
            match unsafe { watched(path) } {
                Some(file) => open_watched(file, path, flags, open),
                None => open(),
            }
        }
    )+};
}

macro_rules! openat {
    ($($function:ident, $name:literal;)+) => {$(
        /// As in the C library. Only whole paths are watched, which is what SQLite opens.
        ///
        /// # Safety
        /// As in the C library.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(
            folder: c_int, path: *const c_char, flags: c_int, mode: mode_t,
        ) -> c_int {
            let open = || next!(
                $name,
                fn(folder => c_int, path => *const c_char, flags => c_int, mode => mode_t) -> c_int
            );
            // SAFETY: the caller's path.
            match unsafe { watched(path) } {
                Some(file) => open_watched(file, path, flags, open),
                None => open(),
            }
        }
    )+};
}

open! { open, c"open"; open64, c"open64"; }
openat! { openat, c"openat"; openat64, c"openat64"; }

/// Writes by `write`, which is given how much, and notes what was written. Without an offset it is
/// the place where the file stands.
///
/// # Safety
/// There must be so much data.
unsafe fn write_watched(
    file: u8,
    descriptor: c_int,
    data: *const c_void,
    length: size_t,
    offset: Option<off_t>,
    write: impl FnOnce(size_t) -> ssize_t,
) -> ssize_t {
    let mut watch = lock();
    let length = match watch.as_mut().map_or(Verdict::Pass, |watch| watch.verdict(Call::Write)) {
        Verdict::Pass => length,
        Verdict::Half => length / 2,
        Verdict::Fail(number) => return fail(number) as ssize_t,
    };
    // SAFETY: only asks where the file stands.
    let offset = offset.unwrap_or_else(|| unsafe { libc::lseek(descriptor, 0, libc::SEEK_CUR) });
    let written = write(length);
    if let (Some(watch), Ok(written), Ok(offset)) =
        (&mut watch, usize::try_from(written), u64::try_from(offset))
    {
        // SAFETY: the C library has just read so much of it.
        let data = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), written) };
        watch.record(Record { kind: Kind::Write, file, offset, data });
    }
    written
}

/// As in the C library.
///
/// # Safety
/// As in the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(descriptor: c_int, data: *const c_void, length: size_t) -> ssize_t {
    let write = |length| next!(c"write", fn(descriptor => c_int, data => *const c_void, length => size_t) -> ssize_t);
    match file_of(descriptor) {
        // SAFETY: the caller's data.
        Some(file) => unsafe { write_watched(file, descriptor, data, length, None, write) },
        None => write(length),
    }
}

macro_rules! pwrite {
    ($($function:ident, $name:literal;)+) => {$(
        /// As in the C library.
        ///
        /// # Safety
        /// As in the C library.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(
            descriptor: c_int, data: *const c_void, length: size_t, offset: off_t,
        ) -> ssize_t {
            let write = |length| next!(
                $name,
                fn(descriptor => c_int, data => *const c_void, length => size_t, offset => off_t) -> ssize_t
            );
            match file_of(descriptor) {
                // SAFETY: the caller's data.
                Some(file) => unsafe {
                    write_watched(file, descriptor, data, length, Some(offset), write)
                },
                None => write(length),
            }
        }
    )+};
}

pwrite! { pwrite, c"pwrite"; pwrite64, c"pwrite64"; }

/// Whether a call that reads is to fail.
fn read_verdict(descriptor: c_int) -> Verdict {
    let watch = file_of(descriptor).and_then(|_| lock());
    watch.map_or(Verdict::Pass, |mut watch| watch.verdict(Call::Read))
}

/// As in the C library.
///
/// # Safety
/// As in the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(descriptor: c_int, data: *mut c_void, length: size_t) -> ssize_t {
    match read_verdict(descriptor) {
        Verdict::Fail(number) => fail(number) as ssize_t,
        Verdict::Pass | Verdict::Half => {
            next!(c"read", fn(descriptor => c_int, data => *mut c_void, length => size_t) -> ssize_t)
        }
    }
}

macro_rules! pread {
    ($($function:ident, $name:literal;)+) => {$(
        /// As in the C library.
        ///
        /// # Safety
        /// As in the C library.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(
            descriptor: c_int, data: *mut c_void, length: size_t, offset: off_t,
        ) -> ssize_t {
            match read_verdict(descriptor) {
                Verdict::Fail(number) => fail(number) as ssize_t,
                Verdict::Pass | Verdict::Half => next!(
                    $name,
                    fn(descriptor => c_int, data => *mut c_void, length => size_t, offset => off_t) -> ssize_t
                ),
            }
        }
    )+};
}

pread! { pread, c"pread"; pread64, c"pread64"; }

macro_rules! ftruncate {
    ($($function:ident, $name:literal;)+) => {$(
        /// As in the C library.
        ///
        /// # Safety
        /// As in the C library.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(descriptor: c_int, length: off_t) -> c_int {
            let truncate =
                || next!($name, fn(descriptor => c_int, length => off_t) -> c_int);
            let Some(file) = file_of(descriptor) else { return truncate() };
            let mut watch = lock();
            if let Some(Verdict::Fail(number)) =
                watch.as_mut().map(|watch| watch.verdict(Call::Truncate))
            {
                return fail(number);
            }
            let answer = truncate();
            if let (0, Some(watch), Ok(length)) = (answer, &mut watch, u64::try_from(length)) {
                watch.note(Kind::Truncate, file, length);
            }
            answer
        }
    )+};
}

ftruncate! { ftruncate, c"ftruncate"; ftruncate64, c"ftruncate64"; }

macro_rules! sync {
    ($($function:ident, $name:literal;)+) => {$(
        /// As in the C library.
        ///
        /// # Safety
        /// As in the C library.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $function(descriptor: c_int) -> c_int {
            let sync = || next!($name, fn(descriptor => c_int) -> c_int);
            let Some(file) = file_of(descriptor) else { return sync() };
            let mut watch = lock();
            let verdict = watch.as_mut().map(|watch| watch.verdict(Call::Sync));
            let answer = match verdict {
                Some(Verdict::Fail(number)) => fail(number),
                _ => sync(),
            };
            if let Some(watch) = &mut watch {
                let kind = if answer == 0 { Kind::Sync } else { Kind::SyncFailed };
                watch.note(kind, file, 0);
            }
            answer
        }
    )+};
}

sync! { fsync, c"fsync"; fdatasync, c"fdatasync"; }

/// As in the C library.
///
/// # Safety
/// As in the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    let unlink = || next!(c"unlink", fn(path => *const c_char) -> c_int);
    // SAFETY: the caller's path.
    let Some(file) = (unsafe { watched(path) }) else { return unlink() };
    let mut watch = lock();
    let answer = unlink();
    if let (0, Some(watch)) = (answer, &mut watch) {
        watch.note(Kind::Unlink, file, 0);
    }
    answer
}

/// As in the C library.
///
/// # Safety
/// As in the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    let rename = || next!(c"rename", fn(from => *const c_char, to => *const c_char) -> c_int);
    // SAFETY: the caller's paths.
    let file = unsafe { watched(from).or_else(|| watched(to)) };
    let Some(file) = file else { return rename() };
    let mut watch = lock();
    let answer = rename();
    if let (0, Some(watch)) = (answer, &mut watch) {
        watch.note(Kind::Rename, file, 0);
    }
    answer
}

/// As in the C library.
///
/// # Safety
/// As in the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(descriptor: c_int) -> c_int {
    // Before it is closed: another thread may get the same number at once.
    set(descriptor, None);
    next!(c"close", fn(descriptor => c_int) -> c_int)
}
