use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::common::Workplace;

/// What pages are about: words that stand nowhere else.
pub const NAMES: [&str; 24] = [
    "Zorbel", "Quenta", "Mirvane", "Tulgor", "Ostrick", "Phandel", "Krisova", "Bartuny", "Welmoor",
    "Yastrid", "Dunmara", "Fessolt", "Gorwick", "Hallimi", "Iberune", "Jotmark", "Lavente", "Norquil",
    "Ruskane", "Selvary", "Umbrako", "Vixholm", "Xandrul", "Cobrenz",
];

/// Answers with every number of days that the context gives for the name that is asked for; it writes the task into a log first.
const READER: &str = r#"
IFS= read -r line || exit 1
task=${line#*\"task\":\"}; task=${task%%\"*}
name=${line#*lease of }; name=${name%% *}
echo "$task" >> "$1"
context=${line#*\"context\":\"}; context=${context%%\",\"passages\":*}
found=
while :; do
  case $context in
    *"lease of $name lasts "*) context=${context#*lease of $name lasts }; found="$found ${context%% *}" ;;
    *) break ;;
  esac
done
"#;

/// Says what was found.
const SAY: &str = r#"
if [ -n "$found" ]; then echo "{\"answer\":\"$found\"}"; else echo '{"abstained":true}'; fi
"#;

/// Believes the first passage, whatever it is about, and cites it.
const FIRST: &str = r#"
IFS= read -r line || exit 1
task=${line#*\"task\":\"}; task=${task%%\"*}
echo "$task" >> "$1"
passages=${line#*\"passages\":}
citation=${passages#*\"citation\":\"}; citation=${citation%%\"*}
days=${passages#*lease of * lasts }; days=${days%% *}
echo "{\"answer\":\"$days\",\"citations\":[\"$citation\"]}"
"#;

/// A workspace whose pages say how long a lease lasts, with a suite `leases` that asks for it.
///
/// Agents of the suite: `extractive`; `reader`, which finds all that is said of a name; `first`, which believes the first passage;
/// `slow`, a reader that takes 30 ms; `broken`, a reader that fails for the task `t01`; `recorded`, a replay.
pub struct Examined {
    pub place: Workplace,
    logs: tempfile::TempDir,
}

impl Examined {
    /// With a page for each of the first names, built; a task for each of the first pages.
    pub fn new(pages: usize, tasks: usize) -> Self {
        let examined = Self { place: Workplace::new(0), logs: tempfile::tempdir().unwrap() };
        (0..pages).for_each(|page| examined.page(page, days(page), "white"));
        let all: Vec<Value> = (0..tasks).map(task).collect();
        examined.suite(&all);
        examined.recipe("", "");
        examined.build();
        examined
    }

    pub fn root(&self) -> &Path {
        self.place.root()
    }

    /// Writes a page: a fact that is asked for, and a colour that is not.
    pub fn page(&self, page: usize, days: usize, colour: &str) {
        let name = NAMES[page];
        self.write(
            &format!("docs/{}.md", name.to_lowercase()),
            &format!(
                "# {name}\n\nThe lease of {name} lasts {days} days.\n\nRooms in {name} are painted {colour}.\n"
            ),
        );
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Adds lines to the recipe; tables are those of a file of its own.
    pub fn recipe(&self, packing: &str, tables: &str) {
        self.write(
            "contexts/docs/recipe.toml",
            &format!(
                "name = \"docs\"\n[[corpus]]\nname = \"docs\"\npath = \"../../docs\"\n\
                 [embedding]\nmodel = \"hash:64\"\n{tables}\n[packing]\nmin_score = 0\nmin_best = 0\n{packing}\n"
            ),
        );
    }

    pub fn build(&self) {
        self.place.json(&["build", "docs"]);
    }

    pub fn tag(&self, tag: &str) {
        let (code, _, err) = self.place.run(&["tag", "docs", tag]);
        assert_eq!(code, 0, "{err}");
    }

    /// Writes the suite with these tasks.
    pub fn suite(&self, tasks: &[Value]) {
        let log = self.logs.path().join("asked");
        let agent = |name: &str, script: &str| {
            self.write(&format!("evals/leases/{name}.sh"), script);
            format!(
                "[agent.{name}]\nkind = \"command\"\nprogram = \"/bin/sh\"\nargs = [\"{name}.sh\", {}]\n",
                Value::from(log.display().to_string())
            )
        };
        let agents = [
            agent("reader", &format!("{READER}{SAY}")),
            agent("first", FIRST),
            agent("slow", &format!("{READER}sleep 0.03{SAY}")),
            agent("broken", &format!("{READER}[ \"$task\" = t01 ] && exit 3{SAY}")),
        ];
        let header = "name = \"leases\"\ncontext = \"docs\"\ngraders = [\"answer\"]\n[run]\nbudget = 120\n\
            [grader.answer]\nkind = \"contains\"\n[grader.pattern]\nkind = \"regex\"\n\
            [agent.recorded]\nkind = \"replay\"\nfile = \"answers.jsonl\"\n";
        self.write("evals/leases/suite.toml", &format!("{header}{}", agents.concat()));
        let lines: String = tasks.iter().map(|task| format!("{task}\n")).collect();
        self.write("evals/leases/tasks.jsonl", &lines);
    }

    /// The tasks that scripts were asked about since last time, in their order.
    pub fn asked(&self) -> Vec<String> {
        let log = self.log();
        let text = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(log);
        text.lines().map(str::to_owned).collect()
    }

    /// How many lines the log has.
    pub fn asked_so_far(&self) -> usize {
        fs::read_to_string(self.log()).map_or(0, |text| text.lines().count())
    }

    /// Which the tasks were, and how often.
    pub fn counted(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        self.asked().into_iter().for_each(|task| *counts.entry(task).or_default() += 1);
        counts
    }

    /// What a task asks.
    pub fn query(&self, task: &str) -> String {
        let tasks = self.read("evals/leases/tasks.jsonl");
        let mut tasks = tasks.lines().map(crate::common::strict);
        tasks.find(|known| known["id"] == task).unwrap()["query"].as_str().unwrap().to_owned()
    }

    fn log(&self) -> PathBuf {
        self.logs.path().join("asked")
    }

    /// Runs `haversack eval ...`, which must succeed, and gives its JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        self.place.json(&[&["eval"], args].concat())
    }

    /// The JSON of a command that ends with this exit code.
    pub fn ends(&self, code: i32, args: &[&str]) -> Value {
        let all = [args, &["--json"]].concat();
        let (got, out, err) = self.place.run(&all);
        assert_eq!(got, code, "{args:?}: {out}{err}");
        crate::common::strict(&out)
    }
}

/// The days on a page at first.
pub fn days(page: usize) -> usize {
    1_000 + 37 * page
}

/// The task that asks for the days on a page.
pub fn task(page: usize) -> Value {
    let name = NAMES[page];
    json!({
        "id": format!("t{page:02}"), "query": format!("How many days does the lease of {name} last?"),
        "answers": [days(page).to_string()], "documents": [format!("docs/{}.md", name.to_lowercase())],
        "tags": [if page.is_multiple_of(2) { "even" } else { "odd" }],
    })
}

/// Names of factors, sorted: documents without their folder, and fields.
pub fn factors(list: &Value) -> Vec<String> {
    let name = |factor: &Value| {
        let text = factor["document"].as_str().or_else(|| factor["field"].as_str());
        text.unwrap_or_else(|| panic!("no factor: {factor}")).trim_start_matches("docs/").to_owned()
    };
    let mut names: Vec<String> = list.as_array().unwrap().iter().map(name).collect();
    names.sort();
    names
}
