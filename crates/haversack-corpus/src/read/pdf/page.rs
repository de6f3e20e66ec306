use std::rc::Rc;

use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};
use hayro_syntax::page::{Page, Resources};

use crate::skip::SkipReason;

use super::font::{Font, Fonts};
use super::layout::Layout;
use super::limits::Limits;
use super::matrix::Matrix;

/// Deepest nesting of forms, which may refer to one another in a circle.
const MAX_FORMS: usize = 8;

/// Deepest nesting of saved graphics states.
const MAX_STATES: usize = 512;

/// The text of a page.
pub(super) fn text(page: &Page<'_>, fonts: &mut Fonts, limits: &mut Limits) -> Result<String, SkipReason> {
    let mut content = Vec::new();
    if let Some(stream) = page.raw().get::<Stream<'_>>("Contents") {
        content = limits.decode(&stream)?.unwrap_or_default();
    } else if let Some(streams) = page.raw().get::<Array<'_>>("Contents") {
        for stream in streams.iter::<Stream<'_>>() {
            content.extend(limits.decode(&stream)?.unwrap_or_default());
            content.push(b'\n');
        }
    }
    let mut reader = Reader { fonts, limits, layout: Layout::default(), forms: 0 };
    reader.run(&content, page.resources(), Matrix::IDENTITY)?;
    let text = reader.layout.finish();
    limits.text(text.len())?;
    Ok(text)
}

struct Reader<'r> {
    fonts: &'r mut Fonts,
    limits: &'r mut Limits,
    layout: Layout,
    forms: usize,
}

/// The part of the graphics state that places text.
#[derive(Clone)]
struct State {
    map: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    leading: f64,
    character: f64,
    word: f64,
    scale: f64,
}

/// Where text stands in a text object.
struct Cursor {
    line: Matrix,
    text: Matrix,
}

impl Reader<'_> {
    fn run(&mut self, content: &[u8], resources: &Resources<'_>, map: Matrix) -> Result<(), SkipReason> {
        let mut state =
            State { map, font: None, size: 1.0, leading: 0.0, character: 0.0, word: 0.0, scale: 1.0 };
        let mut saved: Vec<State> = Vec::new();
        let mut cursor = Cursor { line: Matrix::IDENTITY, text: Matrix::IDENTITY };
        let mut operations = UntypedIter::new(content);
        while let Some(operation) = operations.next() {
            self.limits.operator()?;
            let operands: Vec<&Object<'_>> = operation.operands().collect();
            match &**operation.operator {
                b"q" if saved.len() < MAX_STATES => saved.push(state.clone()),
                b"Q" => state = saved.pop().unwrap_or(state),
                b"cm" => {
                    if let Some(matrix) = matrix(&operands) {
                        state.map = matrix.then(state.map);
                    }
                }
                b"Tf" => self.set_font(&mut state, resources, &operands)?,
                b"Do" => self.form(&state, resources, &operands)?,
                operator => {
                    self.text_operator(operator, &operands, &mut state, &mut cursor);
                    self.limits.allows_text(self.layout.len())?;
                }
            }
        }
        Ok(())
    }

    fn text_operator(
        &mut self,
        operator: &[u8],
        operands: &[&Object<'_>],
        state: &mut State,
        cursor: &mut Cursor,
    ) {
        let number = |i: usize| operands.get(i).and_then(|object| number(object)).unwrap_or(0.0);
        match operator {
            b"BT" => (cursor.line, cursor.text) = (Matrix::IDENTITY, Matrix::IDENTITY),
            b"Tc" => state.character = number(0),
            b"Tw" => state.word = number(0),
            b"Tz" => state.scale = number(0) / 100.0,
            b"TL" => state.leading = number(0),
            b"Td" => cursor.step(number(0), number(1)),
            b"TD" => {
                state.leading = -number(1);
                cursor.step(number(0), number(1));
            }
            b"Tm" => {
                if let Some(matrix) = matrix(operands) {
                    (cursor.line, cursor.text) = (matrix, matrix);
                }
            }
            b"T*" => cursor.step(0.0, -state.leading),
            b"Tj" => self.show(operands.first().copied(), state, cursor),
            b"'" => {
                cursor.step(0.0, -state.leading);
                self.show(operands.first().copied(), state, cursor);
            }
            b"\"" => {
                (state.word, state.character) = (number(0), number(1));
                cursor.step(0.0, -state.leading);
                self.show(operands.get(2).copied(), state, cursor);
            }
            b"TJ" => {
                if let Some(Object::Array(array)) = operands.first() {
                    for object in array.iter::<Object<'_>>() {
                        match object {
                            Object::Number(shift) => {
                                let shift = -shift.as_f64() / 1_000.0 * state.size * state.scale;
                                cursor.text = Matrix::shift(shift, 0.0).then(cursor.text);
                            }
                            other => self.show(Some(&other), state, cursor),
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn set_font(
        &mut self,
        state: &mut State,
        resources: &Resources<'_>,
        operands: &[&Object<'_>],
    ) -> Result<(), SkipReason> {
        if let [Object::Name(name), size, ..] = operands {
            state.size = number(size).unwrap_or(1.0);
            let dict = resources.get_font(name);
            state.font = dict.map(|dict| self.fonts.get(&dict, self.limits)).transpose()?;
        }
        Ok(())
    }

    fn show(&mut self, string: Option<&Object<'_>>, state: &State, cursor: &mut Cursor) {
        let (Some(Object::String(string)), Some(font)) = (string, &state.font) else { return };
        for (text, width, space) in font.glyphs(string.as_bytes()) {
            let size = Matrix([state.size, 0.0, 0.0, state.size, 0.0, 0.0]);
            let place = cursor.text.then(state.map);
            let extra = state.character + if space { state.word } else { 0.0 };
            let advance = (width / 1_000.0 * state.size + extra) * state.scale;
            let drawn = Matrix::shift(width / 1_000.0 * state.size * state.scale, 0.0).then(place);
            cursor.text = Matrix::shift(advance, 0.0).then(cursor.text);
            if !text.is_empty() {
                self.layout.glyph(text, place.origin(), drawn.origin(), size.then(place).height());
            }
        }
    }

    /// A form is a content stream of its own.
    fn form(
        &mut self,
        state: &State,
        resources: &Resources<'_>,
        operands: &[&Object<'_>],
    ) -> Result<(), SkipReason> {
        let Some(Object::Name(name)) = operands.first() else { return Ok(()) };
        let Some(stream) = resources.get_x_object(name) else { return Ok(()) };
        let dict = stream.dict();
        let is_form = dict.get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_str() == "Form");
        if !is_form || self.forms >= MAX_FORMS {
            return Ok(());
        }
        let own =
            dict.get::<Array<'_>>("Matrix").map(|array| array.iter::<Number>().map(|n| n.as_f64()).collect());
        let own = own.and_then(|values: Vec<f64>| values.try_into().ok()).map_or(Matrix::IDENTITY, Matrix);
        let content = self.limits.decode(&stream)?.unwrap_or_default();
        self.forms += 1;
        let map = own.then(state.map);
        let done = match dict.get::<Dict<'_>>("Resources") {
            Some(resources) => self.run(&content, &Resources::new(resources), map),
            None => self.run(&content, resources, map),
        };
        self.forms -= 1;
        done
    }
}

impl Cursor {
    fn step(&mut self, x: f64, y: f64) {
        self.line = Matrix::shift(x, y).then(self.line);
        self.text = self.line;
    }
}

fn number(object: &Object<'_>) -> Option<f64> {
    match object {
        Object::Number(number) => Some(number.as_f64()),
        _ => None,
    }
}

fn matrix(operands: &[&Object<'_>]) -> Option<Matrix> {
    let values: Vec<f64> = operands.iter().filter_map(|object| number(object)).collect();
    values.try_into().ok().map(Matrix)
}
