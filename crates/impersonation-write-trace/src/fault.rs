//! Which calls are to fail.

/// What happens to the calls that are to fail. The file of faults has one line: `SERIAL FAULT FIRST
/// LAST`, such as `7 EIO 3 3`, or `8 ENOSPC 1 -` for all from the first on. Calls that write,
/// truncate or synchronize a watched file are counted from 1 when a line with another serial is
/// seen; for [`Fault::Read`] those that read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `EIO`: the device fails.
    Io,
    /// `ENOSPC`: the disk is full.
    Full,
    /// `SHORT`: the first write that is to fail writes half of what it should, as on a disk that
    /// fills up; what follows is as for [`Fault::Full`].
    Short,
    /// `READ`: the device fails to read.
    Read,
}

/// A line of the file of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(all(target_os = "linux", target_env = "gnu")),
    expect(dead_code, reason = "there are no calls to fail")
)]
pub(crate) struct Plan {
    pub(crate) serial: u64,
    pub(crate) fault: Fault,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

#[cfg_attr(
    not(all(target_os = "linux", target_env = "gnu")),
    expect(dead_code, reason = "there are no calls to fail")
)]
impl Plan {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let serial = words.next()?.parse().ok()?;
        let fault = match words.next()? {
            "EIO" => Fault::Io,
            "ENOSPC" => Fault::Full,
            "SHORT" => Fault::Short,
            "READ" => Fault::Read,
            _ => return None,
        };
        let first = words.next()?.parse().ok()?;
        let last = match words.next()? {
            "-" => u64::MAX,
            number => number.parse().ok()?,
        };
        Some(Self { serial, fault, first, last })
    }
}
