//! The form of a cache file: what it is about, the ids that were asked for, a record for each
//! workflow file, what these say, a checksum over all of it.
//!
//! Nothing is unpacked before somebody asks for it: records have one size and are sorted by key.

use std::io::{self, Write};

use super::Lesson;
use super::binary::{Source, put_bytes, put_number, put_text};
use crate::store::Stamp;

/// Tells what it is, and the version of this form.
const HEAD: &[u8; 16] = b"conndeck scans\x00\x02";

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
    /// Where the records begin.
    records: usize,
    count: usize,
    /// Where the scans begin.
    scans: usize,
}

/// One workflow file.
#[derive(Debug)]
pub struct Entry {
    pub(super) key: u64,
    pub(super) stamp: [u8; Stamp::BYTES],
    /// A bit for each asked id that the file does not concern.
    pub(super) ruled_out: u64,
    pub(super) scan: Option<Vec<u8>>,
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
        let count = source.count()?;
        let records = source.bytes(count.checked_mul(RECORD)?)?.len();
        let scans = body.len() - source.rest().len();
        Some(Self {
            asked,
            records: scans - records,
            count,
            scans,
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
        let scans = self.bytes.get(self.scans..self.bytes.len() - SUM)?;
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

    /// The archive with what was learned, and what was known and is still true. The bits of
    /// `replaced` mean other ids now.
    pub(super) fn renewed<'l>(
        &'l self,
        subject: &[u8],
        asked: &[String],
        lessons: &'l [Lesson],
        replaced: u64,
    ) -> Renewed<'l> {
        let still_true = |lesson: &'l Lesson| match lesson {
            Lesson::Nothing => None,
            Lesson::Same(record) => self.record(*record).map(|record| Record {
                ruled_out: record.ruled_out & !replaced,
                ..record
            }),
            Lesson::New(entry) => Some(Record {
                key: entry.key,
                stamp: entry.stamp,
                ruled_out: entry.ruled_out,
                scan: entry.scan.as_deref(),
            }),
        };
        let mut records: Vec<Record<'_>> = Vec::with_capacity(lessons.len());
        records.extend(lessons.iter().filter_map(still_true));
        records.sort_by_key(|record| record.key);
        let mut head = Vec::with_capacity(records.len() * RECORD + 4096);
        head.extend_from_slice(HEAD);
        put_bytes(&mut head, subject);
        put_number(&mut head, asked.len());
        for id in asked {
            put_text(&mut head, id);
        }
        put_number(&mut head, records.len());
        let mut start = 0u32;
        for record in &records {
            head.extend(record.key.to_le_bytes());
            head.extend(record.stamp);
            head.extend(record.ruled_out.to_le_bytes());
            let length = record.scan.map_or(0, <[u8]>::len);
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            head.extend(start.to_le_bytes());
            head.extend(length.to_le_bytes());
            // What is longer than this is never written.
            start = start.saturating_add(length);
        }
        let scans = records.iter().filter_map(|record| record.scan).collect();
        Renewed { head, scans }
    }
}

/// An archive that is to be written. Its scans stay where they are: those of many files are large.
#[derive(Debug)]
pub(super) struct Renewed<'l> {
    /// Everything before the scans.
    head: Vec<u8>,
    scans: Vec<&'l [u8]>,
}

impl Renewed<'_> {
    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        self.body() + SUM
    }

    fn body(&self) -> usize {
        self.head.len() + self.scans.iter().map(|scan| scan.len()).sum::<usize>()
    }

    /// Writes all of it.
    pub(super) fn write(&self, into: &mut impl Write) -> io::Result<()> {
        let mut sum = Sum::of_length(self.body());
        for part in [&*self.head].iter().chain(&self.scans) {
            sum.add(part);
            into.write_all(part)?;
        }
        into.write_all(&sum.end().to_le_bytes())
    }
}

/// A sum that is another one if any eight bytes in line are. It finds accidents, not forgers, and
/// takes a millisecond for some megabytes: every start pays it.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    let mut sum = Sum::of_length(bytes.len());
    sum.add(bytes);
    sum.end()
}

/// The same for bytes that come in parts.
pub(super) struct Sum {
    so_far: u64,
    /// What is no whole word yet, zeros behind it.
    open: [u8; 8],
    filled: usize,
}

impl Sum {
    pub(super) fn of_length(length: usize) -> Self {
        Self {
            so_far: length as u64,
            open: [0; 8],
            filled: 0,
        }
    }

    fn step(so_far: u64, word: [u8; 8]) -> u64 {
        (so_far ^ u64::from_le_bytes(word))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
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
        Self::step(self.so_far, self.open)
    }
}
