use std::collections::BTreeMap;
use std::rc::Rc;

use encoding_rs::{MACINTOSH, WINDOWS_1252};
use hayro_syntax::object::{Array, Dict, Name, Number, Object, ObjectIdentifier, Stream};

use crate::skip::SkipReason;

use super::cmap::CMap;
use super::glyphs;
use super::limits::Limits;

/// Width of a glyph that its font says nothing of, in thousandths of the size.
const WIDTH: f64 = 500.0;

/// Most widths that a composite font may set.
const MAX_WIDTHS: usize = 100_000;

/// What is needed of a font: the text and the width of each code.
#[derive(Debug, Default)]
pub(super) struct Font {
    unicode: Option<CMap>,
    /// Text of the codes of a simple font.
    encoding: BTreeMap<u32, String>,
    widths: BTreeMap<u32, f64>,
    /// How many widths were set, again or anew.
    made: usize,
    width: f64,
    /// Whether codes have two bytes.
    wide: bool,
}

/// Fonts that were read, by object.
#[derive(Debug, Default)]
pub(super) struct Fonts(BTreeMap<(u32, i32), Rc<Font>>);

impl Fonts {
    /// The font of a dictionary; it is read once.
    pub(super) fn get(&mut self, dict: &Dict<'_>, limits: &mut Limits) -> Result<Rc<Font>, SkipReason> {
        let key = dict.obj_id().map(|ObjectIdentifier { obj_number, gen_number }| (obj_number, gen_number));
        if let Some(known) = key.and_then(|key| self.0.get(&key)) {
            return Ok(Rc::clone(known));
        }
        let font = Rc::new(Font::read(dict, limits)?);
        if let Some(key) = key {
            self.0.insert(key, Rc::clone(&font));
        }
        Ok(font)
    }
}

impl Font {
    fn read(dict: &Dict<'_>, limits: &mut Limits) -> Result<Self, SkipReason> {
        let unicode = match dict.get::<Stream<'_>>("ToUnicode") {
            Some(stream) => limits.decode(&stream)?.map(|data| CMap::parse(&data)),
            None => None,
        };
        let mut font = Self { unicode, width: WIDTH, ..Self::default() };
        if dict.get::<Name<'_>>("Subtype").is_some_and(|name| name.as_str() == "Type0") {
            font.wide = true;
            let below =
                dict.get::<Array<'_>>("DescendantFonts").and_then(|fonts| fonts.iter::<Dict<'_>>().next());
            if let Some(below) = below {
                font.composite_widths(&below);
            }
        } else {
            font.simple_widths(dict);
            font.simple_encoding(dict);
        }
        Ok(font)
    }

    fn simple_widths(&mut self, dict: &Dict<'_>) {
        let first = dict.get::<i32>("FirstChar").unwrap_or(0).max(0) as u32;
        // A Type 3 font has units of its own.
        let unit = dict.get::<Array<'_>>("FontMatrix").and_then(|matrix| matrix.iter::<Number>().next());
        let scale = unit.map_or(1.0, |unit| unit.as_f64() * 1_000.0);
        let widths = dict.get::<Array<'_>>("Widths");
        for (i, width) in widths.iter().flat_map(|widths| widths.iter::<Number>()).take(256).enumerate() {
            self.widths.insert(first.saturating_add(i as u32), width.as_f64() * scale);
        }
    }

    fn composite_widths(&mut self, dict: &Dict<'_>) {
        self.width = dict.get::<Number>("DW").map_or(1_000.0, |width| width.as_f64());
        let Some(list) = dict.get::<Array<'_>>("W") else { return };
        let mut run: Vec<f64> = Vec::new();
        for object in list.iter::<Object<'_>>() {
            if self.made > MAX_WIDTHS {
                return;
            }
            match object {
                Object::Number(number) => run.push(number.as_f64()),
                Object::Array(widths) => {
                    let first = run.last().map_or(0, |&first| first as u32);
                    for (i, width) in widths.iter::<Number>().enumerate() {
                        self.set_width(first.saturating_add(i as u32), width.as_f64());
                    }
                    run.clear();
                }
                _ => run.clear(),
            }
            if let [first, last, width] = run[..] {
                for code in (first as u32)..=(last as u32).min((first as u32).saturating_add(0xFFFF)) {
                    self.set_width(code, width);
                }
                run.clear();
            }
        }
    }

    fn set_width(&mut self, code: u32, width: f64) {
        self.made += 1;
        if self.made <= MAX_WIDTHS {
            self.widths.insert(code, width);
        }
    }

    fn simple_encoding(&mut self, dict: &Dict<'_>) {
        let encoding = dict.get::<Object<'_>>("Encoding");
        let (base, differences) = match encoding {
            Some(Object::Name(name)) => (Some(name.as_str().to_owned()), None),
            Some(Object::Dict(dict)) => (
                dict.get::<Name<'_>>("BaseEncoding").map(|name| name.as_str().to_owned()),
                dict.get::<Array<'_>>("Differences"),
            ),
            _ => (None, None),
        };
        let table = if base.as_deref() == Some("MacRomanEncoding") { MACINTOSH } else { WINDOWS_1252 };
        for code in 0x20..=0xFF_u8 {
            let (text, _) = table.decode_without_bom_handling(std::slice::from_ref(&code));
            self.encoding.insert(u32::from(code), text.into_owned());
        }
        let mut code = 0_u32;
        for object in differences.iter().flat_map(|differences| differences.iter::<Object<'_>>()) {
            match object {
                Object::Number(number) => code = number.as_i64().clamp(0, 255) as u32,
                Object::Name(name) => {
                    match glyphs::text(name.as_str()) {
                        Some(text) => self.encoding.insert(code, text),
                        None => self.encoding.remove(&code),
                    };
                    code += 1;
                }
                _ => {}
            }
        }
    }

    /// The codes of a string, each with its text, its width in thousandths, and whether it is a space of one byte.
    pub(super) fn glyphs<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = (&'a str, f64, bool)> {
        bytes.chunks(if self.wide { 2 } else { 1 }).map(|unit| {
            let code = unit.iter().fold(0_u32, |code, &b| code << 8 | u32::from(b));
            let mapped = self.unicode.as_ref().and_then(|map| map.get(code)).filter(|text| *text != "\0");
            let text = mapped.or_else(|| self.encoding.get(&code).map(String::as_str)).unwrap_or("");
            let width = self.widths.get(&code).copied().unwrap_or(self.width);
            (text, width, unit == b" ")
        })
    }
}
