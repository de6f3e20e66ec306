use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

/// Window of DEFLATE; the output is looked at and forgotten.
const WINDOW: usize = 64 << 10;

/// What a compressed stream would expand to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expansion {
    /// Bytes that come out before the end, an error, or the limit.
    pub(super) bytes: usize,
    /// Whether what comes out is itself compressed.
    pub(super) nested: bool,
}

/// Expands a zlib stream without keeping what comes out, up to a limit; nothing where it is no zlib stream.
pub(super) fn measure(data: &[u8], limit: usize) -> Option<Expansion> {
    if !is_zlib(data) {
        return None;
    }
    let mut decoder = DecompressorOxide::new();
    let mut window = vec![0_u8; WINDOW];
    let (mut read, mut place, mut total) = (0, 0, 0_usize);
    let mut nested = false;
    let flags = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER | inflate_flags::TINFL_FLAG_IGNORE_ADLER32;
    loop {
        let (status, used, made) = decompress(&mut decoder, &data[read..], &mut window, place, flags);
        if total == 0 && made > 2 {
            nested = is_zlib(&window[..made.min(WINDOW)]);
        }
        read += used;
        total += made;
        place = (place + made) & (WINDOW - 1);
        if status != TINFLStatus::HasMoreOutput || total > limit {
            return Some(Expansion { bytes: total, nested });
        }
    }
}

fn is_zlib(data: &[u8]) -> bool {
    data.len() > 2
        && data[0] & 0x0f == 8
        && data[0] >> 4 <= 7
        && (usize::from(data[0]) << 8 | usize::from(data[1])).is_multiple_of(31)
}
