//! What the runner and a jail's first process say to each other over a socket pair: frames of
//! one kind byte, a little-endian length and that many bytes. The jail's side is not trusted:
//! lengths are bounded, and a frame that doesn't parse ends the jail.

use std::io::{self, Read, Write};

use domain::sandbox::protocol::{FileKind, Secret, SkippedFile, SourceRejection};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest frame either side accepts, in bytes.
pub(crate) const MAX_FRAME: usize = 1 << 20;
/// What is read at once before it is sent on, in bytes.
pub(crate) const CHUNK: usize = 64 * 1024;

/// What a frame's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An [`Order`] or a [`Report`] as JSON.
    Message,
    /// A command's standard output.
    Stdout,
    /// A command's standard error.
    Stderr,
    /// A piece of a source or of a file.
    Data,
}

impl Kind {
    fn byte(self) -> u8 {
        match self {
            Self::Message => 0,
            Self::Stdout => 1,
            Self::Stderr => 2,
            Self::Data => 3,
        }
    }

    fn of(byte: u8) -> io::Result<Self> {
        [Self::Message, Self::Stdout, Self::Stderr, Self::Data]
            .into_iter()
            .find(|kind| kind.byte() == byte)
            .ok_or_else(|| malformed("unknown kind of frame"))
    }
}

/// How a source is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SourceKind {
    /// A git bundle.
    Bundle,
    /// A tar archive, plain or gzip.
    Tar,
}

impl SourceKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Tar => "tar",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Bundle, Self::Tar].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What the runner asks of a jail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub(crate) enum Order {
    /// Keep the bytes of the [`Kind::Data`] frames that follow, up to [`Order::Stored`].
    Store,
    /// The source is complete.
    Stored,
    /// Unpack the stored source into the work directory.
    Unpack { kind: SourceKind, disk_bytes: u64 },
    /// Execute a command, with these variables beside those of every command.
    Run { command: String, bounds: Bounds, environment: Vec<Secret> },
    /// Send every process SIGTERM.
    Terminate,
    /// Send every process SIGKILL.
    Kill,
    /// Send the change of the work directory against the stored source.
    Compare { kind: SourceKind, disk_bytes: u64 },
    /// Send the files that match: those of the first group first.
    Capture { groups: Vec<Vec<String>> },
}

/// Limits of each single process of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bounds {
    /// Seconds of processor time.
    pub cpu_s: u64,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Processes of the jail's user.
    pub processes: u64,
    /// Bytes of private memory; none where a control group binds all together.
    pub data_bytes: Option<u64>,
}

/// The place of a jail's files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Disk {
    /// Bytes in use; none where it is no place of the jail's own.
    pub used_bytes: Option<u64>,
    /// Whether nothing more fits.
    pub is_full: bool,
}

/// What a jail tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub(crate) enum Report {
    /// It stands.
    Ready,
    /// A command couldn't even be started.
    NotStarted { detail: String },
    /// A command ended, and every process that it left behind.
    Exited { code: Option<i32>, signal: Option<i32>, max_rss_bytes: u64, disk: Disk },
    /// What all processes use at the moment.
    Usage { processes: u32, rss_bytes: u64, cpu_ms: u64, disk: Disk },
    /// The source is in the work directory.
    Unpacked { base_commit: String, note: Option<String> },
    /// The source can't be used.
    Rejected { reason: SourceRejection, detail: String },
    /// A file follows as [`Kind::Data`] frames.
    FileBegins { kind: FileKind, path: String },
    /// The file is complete, or couldn't be read to its end.
    FileEnds { complete: bool },
    /// A matching file isn't sent.
    Skipped { file: SkippedFile },
    /// The change is known; its diff was sent as a file.
    Compared { base_commit: String, tree: String },
    /// The change couldn't be determined.
    NotCompared { detail: String },
    /// Unpacking or capturing ended, and every process of it.
    HelperEnded { success: bool, detail: String, disk: Disk },
}

/// A frame of a jail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// A report.
    Report(Report),
    /// Bytes of a command's standard output or error.
    Output { is_stderr: bool, bytes: Vec<u8> },
    /// Bytes of a file.
    Data(Vec<u8>),
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn header(kind: Kind, bytes: &[u8]) -> io::Result<[u8; 5]> {
    let length = u32::try_from(bytes.len()).map_err(|_| malformed("frame too long"))?;
    let mut header = [kind.byte(), 0, 0, 0, 0];
    header[1..].copy_from_slice(&length.to_le_bytes());
    Ok(header)
}

fn parse_header(header: [u8; 5]) -> io::Result<(Kind, usize)> {
    let [kind, length @ ..] = header;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(malformed("frame too long"));
    }
    Ok((Kind::of(kind)?, length))
}

/// Writes one frame, blocking.
pub(crate) fn write_frame(to: &mut impl Write, kind: Kind, bytes: &[u8]) -> io::Result<()> {
    to.write_all(&header(kind, bytes)?)?;
    to.write_all(bytes)
}

/// Writes one message, blocking.
pub(crate) fn write_message(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    write_frame(to, Kind::Message, &serde_json::to_vec(message)?)
}

/// Reads one frame, blocking; none at the end.
pub(crate) fn read_frame(from: &mut impl Read) -> io::Result<Option<(Kind, Vec<u8>)>> {
    let mut header = [0; 5];
    match from.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let (kind, length) = parse_header(header)?;
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(Some((kind, bytes)))
}

/// Reads one message, blocking; none at the end.
pub(crate) fn read_message<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    match read_frame(from)? {
        None => Ok(None),
        Some((Kind::Message, bytes)) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Some(_) => Err(malformed("a message was expected")),
    }
}

/// Sends one frame.
pub(crate) async fn send_frame(
    to: &mut (impl AsyncWrite + Unpin),
    kind: Kind,
    bytes: &[u8],
) -> io::Result<()> {
    to.write_all(&header(kind, bytes)?).await?;
    to.write_all(bytes).await
}

/// Receives what a jail tells next; none at the end.
pub(crate) async fn receive(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Told>> {
    let mut header = [0; 5];
    match from.read_exact(&mut header).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    };
    let (kind, length) = parse_header(header)?;
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes).await?;
    Ok(Some(match kind {
        Kind::Message => Told::Report(serde_json::from_slice(&bytes)?),
        Kind::Stdout => Told::Output { is_stderr: false, bytes },
        Kind::Stderr => Told::Output { is_stderr: true, bytes },
        Kind::Data => Told::Data(bytes),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_went() {
        let mut wire = vec![];
        write_message(&mut wire, &Order::Kill).unwrap();
        write_frame(&mut wire, Kind::Data, b"\0\xffbytes").unwrap();
        let mut from = wire.as_slice();
        assert_eq!(read_message(&mut from).unwrap(), Some(Order::Kill));
        assert_eq!(read_frame(&mut from).unwrap(), Some((Kind::Data, b"\0\xffbytes".to_vec())));
        assert_eq!(read_frame(&mut from).unwrap(), None);
    }

    #[test]
    fn a_frame_that_claims_too_much_is_refused_before_it_is_read() {
        let wire = [0, 0xff, 0xff, 0xff, 0xff];
        assert!(read_frame(&mut wire.as_slice()).is_err());
        assert!(read_frame(&mut [9, 0, 0, 0, 0].as_slice()).is_err(), "unknown kind");
    }

    #[tokio::test]
    async fn a_jail_that_stops_in_the_middle_of_a_frame_is_an_error_not_an_end() {
        let mut wire = vec![];
        write_message(&mut wire, &Report::Ready).unwrap();
        wire.truncate(wire.len() - 1);
        assert!(receive(&mut wire.as_slice()).await.is_err());
    }
}
