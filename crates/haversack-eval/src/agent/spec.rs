use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use toml::{Table, Value};

use super::command::CommandSpec;
use super::extractive::{Extractive, ExtractiveOptions};
use super::openai::OpenAiSpec;
use super::replay::{Replay, ReplaySpec};
use super::setting::check;
use super::{Agent, AgentSetting, AgentSpecError};
use crate::suite::Keys;
use crate::text::nearest;

/// The name of the agent that needs no description in a suite.
pub const BUILT_IN_AGENT: &str = "extractive";

/// An agent as `suite.toml` describes it, in a table `[agent.NAME]`: its `kind`, and the keys of that kind.
///
/// ```
/// use haversack_eval::{AgentSetting, AgentSpec, SuiteHeader};
///
/// let text = r#"
/// name = "support"
///
/// [agent.mine]
/// kind = "command"
/// program = "python3"
/// args = ["agent.py"]
/// "#;
/// let header = SuiteHeader::parse(text, "suite.toml")?;
/// let AgentSpec::Command(command) = &header.agents["mine"] else { unreachable!() };
/// assert_eq!((command.timeout, command.retries), (60.0, 0));
/// # Ok::<(), haversack_eval::EvalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum AgentSpec {
    /// Built in: takes its answer from the context, deterministically and offline.
    Extractive(ExtractiveOptions),
    /// Any program.
    Command(CommandSpec),
    /// Any server of Chat Completions.
    OpenAi(Box<OpenAiSpec>),
    /// Recorded answers.
    Replay(ReplaySpec),
}

impl AgentSpec {
    /// The keys of each kind, as the parser of `suite.toml` wants them.
    pub(crate) const KEYS: Keys = Keys::ByKind(&[
        ("extractive", ExtractiveOptions::KEYS),
        ("command", CommandSpec::KEYS),
        ("openai", OpenAiSpec::KEYS),
        ("replay", ReplaySpec::KEYS),
    ]);

    /// The kind, as the suite writes it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Extractive(_) => "extractive",
            Self::Command(_) => "command",
            Self::OpenAi(_) => "openai",
            Self::Replay(_) => "replay",
        }
    }

    /// Makes the agent. Nothing is asked of it yet, and no server is spoken to.
    ///
    /// # Errors
    /// When a value makes no sense, an environment variable that is named is not set, or a file that is named cannot be
    /// read.
    pub fn open(&self, setting: &AgentSetting<'_>) -> Result<Arc<dyn Agent>, AgentSpecError> {
        match self {
            Self::Extractive(options) => {
                let fine = (0.0..=1.0).contains(&options.coverage);
                check(fine, "coverage", "a share, from 0 to 1")?;
                Ok(Arc::new(Extractive::new(*options)))
            }
            Self::Command(spec) => Ok(Arc::new(spec.open(setting)?)),
            Self::OpenAi(spec) => Ok(Arc::new(spec.open(setting)?)),
            Self::Replay(spec) => Ok(Arc::new(Replay::open(&setting.folder.join(&spec.file))?)),
        }
    }
}

const KINDS: [&str; 4] = ["extractive", "command", "openai", "replay"];

/// Written by hand: what is derived for a tagged enum says neither which key is wrong nor which kind was meant.
impl<'de> Deserialize<'de> for AgentSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = Table::deserialize(deserializer)?;
        let kind = match table.remove("kind") {
            Some(Value::String(kind)) => kind,
            Some(_) => return Err(D::Error::custom("`kind` is not a string")),
            None => return Err(D::Error::custom(format!("lacks `kind`, one of {}", KINDS.join(", ")))),
        };
        let spec = match kind.as_str() {
            "extractive" => read(table).map(Self::Extractive),
            "command" => read(table).map(Self::Command),
            "openai" => read(table).map(Self::OpenAi),
            "replay" => read(table).map(Self::Replay),
            _ => Err(match nearest(&kind, KINDS.into_iter()) {
                Some(near) => format!("unknown kind `{kind}`; did you mean `{near}`?"),
                None => format!("unknown kind `{kind}`; there are {}", KINDS.join(", ")),
            }),
        };
        spec.map_err(D::Error::custom)
    }
}

fn read<T: serde::de::DeserializeOwned>(table: Table) -> Result<T, String> {
    table.clone().try_into::<T>().map_err(|error| match culprit::<T>(&table, error.message()) {
        Some(key) => format!("`{key}`: {}", error.message()),
        None => error.message().to_owned(),
    })
}

/// The key behind an error: the one without which there is another error, or none.
fn culprit<T: serde::de::DeserializeOwned>(table: &Table, message: &str) -> Option<String> {
    table.keys().find_map(|key| {
        let mut without = table.clone();
        without.remove(key);
        let same = without.try_into::<T>().is_err_and(|error| error.message() == message);
        (!same).then(|| key.clone())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::SuiteHeader;

    fn error(table: &str) -> String {
        let text =
            format!("name = \"s\"\n\n[agent.ok]\nkind = \"replay\"\nfile = \"f\"\n\n[agent.a]\n{table}\n");
        SuiteHeader::parse(&text, "suite.toml").unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_key_the_kind_and_what_was_meant() {
        let cases = [
            ("kind = \"comand\"", "suite.toml:8: no kind `comand`; did you mean `command`?"),
            (
                "kind = \"shell\"",
                "suite.toml:8: no kind `shell`; there are extractive, command, openai, replay",
            ),
            ("program = \"x\"", "suite.toml:7: lacks `kind`, one of extractive, command, openai, replay"),
            ("kind = 1", "suite.toml:7: `kind` is not a string"),
            ("kind = \"command\"", "suite.toml:7: missing field `program`"),
            (
                "kind = \"command\"\nprogram = \"x\"\ntimout = 3",
                "suite.toml:10: unknown key `agent.a.timout`; did you mean `agent.a.timeout`?",
            ),
            // A key of another kind is unknown here.
            ("kind = \"replay\"\nfile = \"x\"\nmodel = \"m\"", "suite.toml:10: unknown key `agent.a.model`"),
            (
                "kind = \"command\"\nprogram = \"x\"\nretries = \"3\"",
                "suite.toml:7: `retries`: invalid type: string \"3\", expected u32",
            ),
            (
                "kind = \"openai\"\nbase_url = \"http://a\"\nmodel = \"m\"\nprices = { inptu = 1.0, output = 2 }",
                "suite.toml:11: unknown key `agent.a.prices.inptu`; did you mean `agent.a.prices.input`?",
            ),
            ("kind = \"extractive\"\nprogram = \"x\"", "suite.toml:9: unknown key `agent.a.program`"),
        ];
        for (table, message) in cases {
            assert_eq!(error(table), message);
        }
    }

    #[test]
    fn every_kind_reads_back() {
        let text = r#"name = "s"

[agent.built-in]
kind = "extractive"

[agent.program]
kind = "command"
program = "./agent"
args = ["--fast"]
mode = "serve"
env = ["LANG"]
set = { SEED = "1" }

[agent.server]
kind = "openai"
base_url = "http://localhost:8080/v1"
model = "m"
seed = 7
temperature = 0
prices = { input = 0.5, output = 2 }
headers = { x-title = "haversack" }
body = { reasoning_effort = "low", nested = { a = [1, 2] } }
prompt = { system = "Answer." }

[agent.recorded]
kind = "replay"
file = "answers.jsonl"
"#;
        let header = SuiteHeader::parse(text, "suite.toml").unwrap();
        let kinds: Vec<&str> = header.agents.values().map(AgentSpec::kind).collect();
        assert_eq!(kinds, ["extractive", "command", "replay", "openai"]);
        let again = SuiteHeader::parse(&header.to_toml().unwrap(), "again").unwrap();
        assert_eq!(again, header);
        let json = serde_json::to_string(&header.agents["server"]).unwrap();
        assert_eq!(serde_json::from_str::<AgentSpec>(&json).unwrap(), header.agents["server"]);
    }

    #[test]
    fn known_keys_are_those_that_are_read() {
        let Keys::ByKind(kinds) = AgentSpec::KEYS else { panic!("kinds") };
        for (kind, keys) in kinds {
            let Keys::Table(keys) = keys else { panic!("{kind}") };
            let keys: BTreeSet<&str> =
                keys.iter().map(|(key, _)| *key).filter(|key| *key != "kind").collect();
            // The message about an unknown key lists all that are read.
            let message = toml::from_str::<AgentSpec>(&format!("kind = \"{kind}\"\nzz = 1\n")).unwrap_err();
            let read = message.message().split('`').skip(1).step_by(2).filter(|key| *key != "zz");
            assert_eq!(read.collect::<BTreeSet<&str>>(), keys, "{kind}");
        }
    }

    #[test]
    fn paths_belong_to_the_suite() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.jsonl"), "").unwrap();
        let spec = AgentSpec::Replay(ReplaySpec { file: "a.jsonl".to_owned() });
        let variable = |_: &str| None;
        assert!(spec.open(&AgentSetting { folder: folder.path(), variable: &variable }).is_ok());
        let elsewhere = AgentSetting { folder: Path::new("/nowhere"), variable: &variable };
        assert!(matches!(spec.open(&elsewhere), Err(AgentSpecError::Recording(_))));
    }
}
