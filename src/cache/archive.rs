//! The form of a cache file: what it is about, the ids that were asked for, what the workflow files
//! say, a record for each of them, their number, a checksum over all of it.
//!
//! Nothing is unpacked before somebody asks for it: records have one size and are sorted by key.

use std::io::{self, Write};
use std::sync::Arc;

use super::binary::{Source, put_bytes, put_number, put_text};
use super::{Lesson, scan};
use crate::reference::FileScan;
use crate::store::Stamp;

/// Tells what it is, and the version of this form.
const HEAD: &[u8; 16] = b"conndeck scans\x00\x04";

/// So many ids that were asked for are remembered: a bit of a record each.
pub(super) const MOST_ASKED: usize = 64;

/// Key, stamp, the bits of what does not concern the file, where its scan is and how long.
const RECORD: usize = 8 + Stamp::BYTES + 8 + 8;

/// The length of a checksum.
const SUM: usize = 8;

/// A cache file that is whole.
#[derive(Debug, Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    asked: Vec<String>,
    /// Where the scans begin.
    scans: usize,
    /// Where the records begin, behind the scans.
    records: usize,
    count: usize,
}

/// One workflow file.
#[derive(Debug)]
pub struct Entry {
    pub(super) key: u64,
    pub(super) stamp: [u8; Stamp::BYTES],
    /// A bit for each asked id that the file does not concern.
    pub(super) ruled_out: u64,
    pub(super) scan: Option<Said>,
}

/// What a workflow file says.
#[derive(Debug)]
pub(super) enum Said {
    /// As it will be written.
    Bytes(Vec<u8>),
    /// As somebody has it in memory anyway: it is not held twice.
    Scan(Arc<FileScan>),
}

/// One workflow file in an archive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    key: u64,
    pub(super) stamp: [u8; Stamp::BYTES],
    pub(super) ruled_out: u64,
    pub(super) scan: Option<&'a [u8]>,
}

impl Archive {
    /// Takes the bytes of a file, if they are whole and about `subject`.
    pub(super) fn parse(bytes: Vec<u8>, subject: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM)?)?;
        let mut source = Source::new(body);
        if source.bytes(HEAD.len())? != HEAD || source.sized_bytes()? != subject {
            return None;
        }
        if sum != checksum(body).to_le_bytes() {
            return None;
        }
        let asked = source.count().filter(|count| *count <= MOST_ASKED)?;
        let asked = (0..asked)
            .map(|_| source.text().map(str::to_owned))
            .collect::<Option<_>>()?;
        let (rest, count) = source.rest().split_last_chunk()?;
        let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
        let length = rest.len().checked_sub(count.checked_mul(RECORD)?)?;
        let scans = body.len() - source.rest().len();
        Some(Self {
            asked,
            scans,
            records: scans + length,
            count,
            bytes,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The ids that have a bit, by its position.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.clone()
    }

    /// Which record has that key.
    pub(super) fn find(&self, key: u64) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            let found = u64::from_le_bytes(self.raw(middle)?.first_chunk().copied()?);
            match found.cmp(&key) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    pub(super) fn record(&self, position: usize) -> Option<Record<'_>> {
        let mut source = Source::new(self.raw(position)?);
        let key = u64::from_le_bytes(source.array()?);
        let stamp = source.array()?;
        let ruled_out = u64::from_le_bytes(source.array()?);
        let start = usize::try_from(u32::from_le_bytes(source.array()?)).ok()?;
        let length = usize::try_from(u32::from_le_bytes(source.array()?)).ok()?;
        let scans = self.bytes.get(self.scans..self.records)?;
        Some(Record {
            key,
            stamp,
            ruled_out,
            // An empty scan has bytes, too.
            scan: (scans.get(start..)?.get(..length)).filter(|bytes| !bytes.is_empty()),
        })
    }

    fn raw(&self, position: usize) -> Option<&[u8]> {
        let start = self.records + position * RECORD;
        self.bytes.get(start..start + RECORD)
    }

    /// Writes the archive with what was learned, and what was known and is still true. The bits of
    /// `replaced` mean other ids now. More than `most` bytes are an error.
    pub(super) fn renew(
        &self,
        (subject, asked): (&[u8], &[String]),
        lessons: &[Lesson],
        replaced: u64,
        into: &mut impl Write,
        most: u64,
    ) -> io::Result<()> {
        let mut head = HEAD.to_vec();
        put_bytes(&mut head, subject);
        put_number(&mut head, asked.len());
        for id in asked {
            put_text(&mut head, id);
        }
        let mut output = Output {
            into,
            sum: Sum::default(),
            left: most,
        };
        output.write(&head)?;
        let mut records: Vec<[u8; RECORD]> = Vec::with_capacity(lessons.len());
        let mut start = 0u32;
        for lesson in lessons {
            let encoded;
            let record = match lesson {
                Lesson::Nothing => continue,
                Lesson::Same(record) => {
                    let Some(record) = self.record(*record) else {
                        continue;
                    };
                    Record {
                        ruled_out: record.ruled_out & !replaced,
                        ..record
                    }
                }
                Lesson::New(entry) => Record {
                    key: entry.key,
                    stamp: entry.stamp,
                    ruled_out: entry.ruled_out,
                    scan: match &entry.scan {
                        None => None,
                        Some(Said::Bytes(bytes)) => Some(bytes),
                        Some(Said::Scan(scan)) => {
                            encoded = scan::encode(scan);
                            encoded.as_deref()
                        }
                    },
                },
            };
            let bytes = record.scan.unwrap_or_default();
            output.write(bytes)?;
            let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
            records.push(record.bytes(start, length));
            start = start
                .checked_add(length)
                .ok_or(io::ErrorKind::FileTooLarge)?;
        }
        records.sort_unstable_by_key(|record| {
            record.first_chunk().map(|key| u64::from_le_bytes(*key))
        });
        for record in &records {
            output.write(record)?;
        }
        output.write(&(records.len() as u64).to_le_bytes())?;
        let sum = output.sum.end();
        output.into.write_all(&sum.to_le_bytes())
    }
}

impl Record<'_> {
    /// With where its scan is, among the scans.
    fn bytes(&self, start: u32, length: u32) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        let mut rest = &mut bytes[..];
        for part in [
            &self.key.to_le_bytes()[..],
            &self.stamp,
            &self.ruled_out.to_le_bytes(),
            &start.to_le_bytes(),
            &length.to_le_bytes(),
        ] {
            let (place, others) = rest.split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = others;
        }
        bytes
    }
}

/// Where an archive is written.
struct Output<'o, W> {
    into: &'o mut W,
    sum: Sum,
    /// So many bytes may still come.
    left: u64,
}

impl<W: Write> Output<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or(io::ErrorKind::FileTooLarge)?;
        self.sum.add(bytes);
        self.into.write_all(bytes)
    }
}

/// A sum that is another one if any eight bytes in line are. It finds accidents, not forgers, and
/// takes a millisecond for some megabytes: every start pays it.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    let mut sum = Sum::default();
    sum.add(bytes);
    sum.end()
}

/// The same for bytes that come in parts.
#[derive(Default)]
pub(super) struct Sum {
    so_far: u64,
    length: u64,
    /// What is no whole word yet, zeros behind it.
    open: [u8; 8],
    filled: usize,
}

impl Sum {
    fn step(so_far: u64, word: [u8; 8]) -> u64 {
        (so_far ^ u64::from_le_bytes(word))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        let mut bytes = bytes;
        if self.filled > 0 {
            let (first, rest) = bytes.split_at(bytes.len().min(8 - self.filled));
            self.open[self.filled..][..first.len()].copy_from_slice(first);
            self.filled += first.len();
            if self.filled < 8 {
                return;
            }
            self.so_far = Self::step(self.so_far, self.open);
            bytes = rest;
        }
        let (words, rest) = bytes.as_chunks();
        self.so_far = words.iter().copied().fold(self.so_far, Self::step);
        self.open = [0; 8];
        self.open[..rest.len()].copy_from_slice(rest);
        self.filled = rest.len();
    }

    pub(super) fn end(self) -> u64 {
        Self::step(
            Self::step(self.so_far, self.open),
            self.length.to_le_bytes(),
        )
    }
}
