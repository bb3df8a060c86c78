//! Takes the names of functions out of the Worker's module and keeps them in a file beside it.
//!
//! They are a third of the module, and all that the platform would do with them is write them into the
//! stack of a trap. Without them it writes `wasm-function[1234]`, and the file says which one that is.
//! What runs isn't touched, so the numbers stay what they were.

use std::{fs, path::Path};

use super::{names_of_worker, worker_module};
use crate::Result;

/// The custom section that holds them, and the part of it that is about functions.
const NAMES: &[u8] = b"name";
const OF_FUNCTIONS: u8 = 1;

/// Takes them out of the module that was built last, unless that was done.
pub fn take_out() -> Result {
    let module = fs::read(worker_module())?;
    let Taken { module, names } =
        split(&module).ok_or("the Worker's module isn't one that can be read")?;
    if names.is_empty() {
        return Ok(());
    }
    fs::write(names_of_worker(), names)?;
    replace(&worker_module(), &module)
}

/// Writes the file whole or not at all: a module that was cut short would look like a broken build.
fn replace(path: &Path, bytes: &[u8]) -> Result {
    let whole = path.with_extension("whole");
    fs::write(&whole, bytes)?;
    Ok(fs::rename(whole, path)?)
}

/// A module and what was taken out of it.
struct Taken {
    module: Vec<u8>,
    /// A line for each function: its number and its name.
    names: String,
}

fn split(module: &[u8]) -> Option<Taken> {
    let (header, rest) = module.split_at_checked(8)?;
    if !header.starts_with(b"\0asm") {
        return None;
    }
    let mut taken = Taken { module: header.to_vec(), names: String::new() };
    let mut reader = Reader(rest);
    while !reader.0.is_empty() {
        let before = reader.0;
        let id = reader.byte()?;
        let content = reader.sized()?;
        let mut custom = Reader(content);
        if id == 0 && custom.sized()? == NAMES {
            taken.names = functions(custom)?;
        } else {
            taken.module.extend(before.get(..before.len() - reader.0.len())?);
        }
    }
    Some(taken)
}

fn functions(mut section: Reader<'_>) -> Option<String> {
    let mut lines = String::new();
    while !section.0.is_empty() {
        let id = section.byte()?;
        let mut part = Reader(section.sized()?);
        if id != OF_FUNCTIONS {
            continue;
        }
        for _ in 0..part.number()? {
            let number = part.number()?;
            let name = String::from_utf8_lossy(part.sized()?).replace('\n', " ");
            lines.push_str(&format!("{number} {name}\n"));
        }
    }
    Some(lines)
}

/// What of a module hasn't been read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A number of 32 bits in LEB128.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return usize::try_from(number).ok();
            }
        }
        None
    }

    /// Bytes behind their number.
    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

/// Puts the names into a trap's stack, also where a log wrote its lines as one.
pub fn read_back(stack: &str, names: &str) -> String {
    let number = |line: &str| {
        let (number, _) = line.split_once("wasm-function[")?.1.split_once(']')?;
        Some(format!("{number} "))
    };
    let mut read = String::new();
    for line in stack.replace("\\n", "\n").lines() {
        let name = number(line)
            .and_then(|number| names.lines().find_map(|known| known.strip_prefix(number.as_str())));
        read.push_str(line);
        read.push_str(&name.map_or_else(String::new, |name| format!("  {name}")));
        read.push('\n');
    }
    read
}

#[cfg(test)]
mod tests {
    use super::{read_back, split};

    /// A module with one function, its name, and something behind it.
    fn module() -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend([1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 4, 1, 2, 0, 0x0b]);
        // A part about the module, then one about functions.
        let parts = [&[0, 2, 1, b'm'][..], &[1, 7, 1, 0, 4], b"core"].concat();
        bytes.extend([0, u8::try_from(5 + parts.len()).unwrap(), 4]);
        bytes.extend(b"name");
        bytes.extend(&parts);
        bytes.extend([0, 2, 1, b'x']);
        bytes
    }

    #[test]
    fn names_are_taken_out_and_nothing_else() {
        let whole = module();
        let taken = split(&whole).unwrap();
        assert_eq!(taken.names, "0 core\n");
        let kept = [&whole[..24], &whole[whole.len() - 4..]].concat();
        assert_eq!(taken.module, kept);
        let again = split(&taken.module).unwrap();
        assert_eq!((again.module, again.names), (kept, String::new()));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        let whole = module();
        assert!(split(b"").is_none() && split(b"\0asm").is_none() && split(b"no module").is_none());
        for length in [whole.len() - 1, whole.len() - 6, 25, 9] {
            assert!(split(&whole[..length]).is_none(), "{length}");
        }
        assert!(split(&[&whole[..8], &[0, 0xff, 0xff, 0xff, 0xff, 0xff]].concat()).is_none());
    }

    #[test]
    fn a_stack_is_read_back() {
        let stack = "RuntimeError: unreachable\n    at wasm://wasm/1f:wasm-function[12]:0xab";
        let names = "1 one\n12 server::twelve\n120 other\n";
        let read = read_back(stack, names);
        let lines: Vec<_> = read.lines().collect();
        assert_eq!(lines[0], "RuntimeError: unreachable");
        assert!(lines[1].ends_with("[12]:0xab  server::twelve"));
        assert_eq!(read_back(&stack.replace('\n', "\\n"), names), read, "as a log writes it");
        assert_eq!(read_back("at wasm-function[7]:0x1", names), "at wasm-function[7]:0x1\n");
    }
}
