//! A context between two versions packs what a build of the same documents under the same recipe packs, byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::{Random, Workplace};
use haversack::evaluate::{Between, Subset};
use haversack::{BuildOptions, Context, Request, Silent, Store, Workspace};

const QUERIES: [&str; 4] =
    ["what of invoices number 6?", "page about keys", "state2 refunds", "a new page of regions"];
const PAGES: usize = 16;

fn build(place: &Workplace) -> Context {
    haversack::build(&Workspace::at(place.root()), "docs", &BuildOptions::default(), &Silent).unwrap();
    Store::open(place.store()).unwrap().context("docs").unwrap()
}

fn packs(context: &Context) -> Vec<String> {
    let pack = |query: &&str| {
        let pack = context.pack(&Request::new(*query).budget(500)).unwrap();
        let scores: Vec<_> = pack.passages.iter().map(|passage| passage.score).collect();
        format!("{} {scores:?}\n{}", pack.pack_id, pack.text)
    };
    QUERIES.iter().map(pack).collect()
}

fn set_recipe(place: &Workplace, fields: &str) {
    let path = place.root().join("contexts/docs/recipe.toml");
    let head = "name = \"docs\"\n[[corpus]]\nname = \"docs\"\npath = \"../../docs\"\n[embedding]\nmodel = \"hash:64\"\n";
    fs::write(path, format!("{head}{fields}")).unwrap();
}

/// Makes change number `n` of the documents; the order of numbers is that of ids.
fn change(place: &Workplace, n: usize) {
    let docs = place.root().join("docs");
    match n {
        0 => fs::write(docs.join("new.md"), "# New\n\nA new page of regions and keys in state5.\n").unwrap(),
        1 => place.write_page(2, 2),
        2 => fs::remove_file(docs.join("page-006.md")).unwrap(),
        3 => place.write_page(9, 2),
        _ => unreachable!("four documents change"),
    }
}

/// For random subsets of the changes, that of a build and that between two versions.
fn compare(old: &str, new: &str, mixtures: &[(&str, &[bool])]) {
    let place = Workplace::new(PAGES);
    set_recipe(&place, old);
    let a = build(&place);
    (0..4).for_each(|n| change(&place, n));
    set_recipe(&place, new);
    let b = build(&place);
    let store = Store::open(place.store()).unwrap();
    let between = Between::new(&store, &a, &b, &Silent).unwrap();
    let factors = between.factors().len();
    assert_eq!(packs(&between.context(&Subset::none(factors)).unwrap()), packs(&a));
    assert_eq!(packs(&between.context(&Subset::all(factors)).unwrap()), packs(&b));
    let mut random = Random(17);
    for (recipe, fields) in mixtures {
        assert_eq!(factors, 4 + fields.len(), "{:?}", between.factors());
        let fresh = Workplace::new(PAGES);
        set_recipe(&fresh, recipe);
        let mut made = Subset::none(factors);
        for n in 0..4 {
            if random.below(2) == 1 {
                made.set(n, true);
                change(&fresh, n);
            }
        }
        fields.iter().enumerate().for_each(|(n, on)| made.set(4 + n, *on));
        assert_eq!(packs(&between.context(&made).unwrap()), packs(&build(&fresh)), "{made:?}");
    }
}

#[test]
fn documents_change_alone() {
    let recipe = "[packing]\nmin_score = 0\n";
    compare(recipe, recipe, &[(recipe, &[][..]); 6]);
}

#[test]
fn fields_of_query_time_change_alone() {
    let recipe = |weight: f64, order: &str| {
        format!("[fusion]\ndense_weight = {weight}\n[packing]\nmin_score = 0\norder = {order:?}\n")
    };
    let (old, new) = (recipe(0.5, "relevance"), recipe(0.2, "document"));
    compare(
        &old,
        &new,
        &[
            (&recipe(0.2, "relevance"), &[true, false]),
            (&recipe(0.5, "document"), &[false, true]),
            (&new, &[true, true]),
        ],
    );
}

#[test]
fn fields_that_decide_the_index_change_together() {
    let (old, new) = (
        "[packing]\nmin_score = 0\n",
        "[chunking]\nmax_tokens = 40\ntarget_tokens = 20\n[lexical]\nstem = false\n[packing]\nmin_score = 0\n",
    );
    compare(old, new, &[(old, &[false]), (new, &[true]), (old, &[false]), (new, &[true])]);
}

#[test]
fn a_version_without_some_of_its_documents() {
    let place = Workplace::new(PAGES);
    let recipe = "[packing]\nmin_score = 0\n";
    set_recipe(&place, recipe);
    let whole = build(&place);
    let ids: Vec<haversack::DocumentId> =
        [3, 6, 7].iter().map(|page| format!("docs/page-{page:03}.md").parse().unwrap()).collect();
    let between = Between::without(&whole, &ids).unwrap();
    assert_eq!(packs(&between.context(&Subset::all(3)).unwrap()), packs(&whole));
    let fresh = Workplace::new(PAGES);
    set_recipe(&fresh, recipe);
    [3, 7]
        .iter()
        .for_each(|page| fs::remove_file(fresh.root().join(format!("docs/page-{page:03}.md"))).unwrap());
    assert_eq!(packs(&between.context(&Subset::of(3, &[1])).unwrap()), packs(&build(&fresh)));
}
