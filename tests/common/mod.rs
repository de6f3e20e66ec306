//! What tests of the whole share: a folder with a context, the program run in it, and random numbers from a seed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test says what it did")]
#![allow(dead_code, reason = "each test uses its part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// SplitMix64 (Steele, Lea and Flood, 2014): enough for choosing where to strike.
pub struct Random(pub u64);

impl Random {
    /// From `HAVERSACK_SEED`, else from the clock; the seed is printed, and shown when a test fails.
    pub fn seeded() -> Self {
        let given = std::env::var("HAVERSACK_SEED").ok().and_then(|seed| seed.parse().ok());
        let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let seed = given.unwrap_or(clock.as_nanos() as u64);
        eprintln!("HAVERSACK_SEED={seed}");
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// A number from the environment, for runs that are longer than CI's.
pub fn from_env(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// A workspace with a context `docs` over generated pages.
pub struct Workplace {
    pub folder: tempfile::TempDir,
}

impl Workplace {
    /// With `pages` pages, not built yet. The embedder is `hash`, so that there are vectors.
    pub fn new(pages: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder };
        fs::create_dir_all(place.root().join("docs")).unwrap();
        (0..pages).for_each(|page| place.write_page(page, 0));
        fs::create_dir_all(place.root().join("contexts/docs")).unwrap();
        let recipe = "name = \"docs\"\n[[corpus]]\nname = \"docs\"\npath = \"../../docs\"\n\
            [embedding]\nmodel = \"hash:64\"\n[packing]\nmin_score = 0\n";
        fs::write(place.root().join("contexts/docs/recipe.toml"), recipe).unwrap();
        place
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn store(&self) -> PathBuf {
        self.root().join(".haversack")
    }

    /// Writes a page in one of its states: every state has words of its own.
    pub fn write_page(&self, page: usize, state: usize) {
        let topic = ["keys", "invoices", "alerts", "regions", "refunds"][page % 5];
        let text = format!(
            "# Page {page}\n\nThis page is about {topic}, number {page}, in its state{state}.\n\n\
             ## Details\n\nWhoever asks about {topic} finds that {topic} number {page} was last changed in \
             state{state}, and that the others are elsewhere.\n"
        );
        fs::write(self.root().join(format!("docs/page-{page:03}.md")), text).unwrap();
    }

    /// The program, to be run in the workspace without an environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_haversack"));
        command.args(args).current_dir(self.root()).env_clear().env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program; gives exit code, stdout, stderr.
    pub fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.command(args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }

    /// Runs the program, which must succeed, and gives its JSON.
    pub fn json(&self, args: &[&str]) -> serde_json::Value {
        let all: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        let (code, out, err) = self.run(&all);
        assert_eq!(code, 0, "{args:?}: {out}{err}");
        strict(&out)
    }
}

/// JSON in which no object names a key twice, which a parser would hide.
pub fn strict(text: &str) -> serde_json::Value {
    serde_json::from_str::<Strict>(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    serde_json::from_str(text).unwrap()
}

struct Strict;

impl<'de> serde::Deserialize<'de> for Strict {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Keys)
    }
}

struct Keys;

impl<'de> serde::de::Visitor<'de> for Keys {
    type Value = Strict;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
        let mut seen = std::collections::BTreeSet::new();
        while let Some((key, Strict)) = map.next_entry::<String, Strict>()? {
            if !seen.insert(key.clone()) {
                return Err(serde::de::Error::custom(format!("`{key}` stands twice")));
            }
        }
        Ok(Strict)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
        while items.next_element::<Strict>()?.is_some() {}
        Ok(Strict)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict)
    }
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// All files below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut stack = vec![folder.to_owned()];
    while let Some(path) = stack.pop() {
        if path.is_dir() {
            stack.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
