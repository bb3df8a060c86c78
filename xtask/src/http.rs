//! The few requests we make of our own server on this machine.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use crate::Result;

/// An answer.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, as it came.
    pub body: String,
}

/// Asks a server on this machine.
///
/// # Errors
/// When it doesn't answer.
pub fn request(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    patience: Duration,
) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let mut head = format!(
        "{method} {path} HTTP/1.0\r\nhost: localhost:{port}\r\nconnection: close\r\ncontent-length: 0\r\n"
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    Ok(Answer { status: status.ok_or("no status")?, body: body.to_owned() })
}

/// A port that nobody uses right now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Whether something listens at a port already.
pub fn is_taken(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}
