#!/usr/bin/env python3
"""Ranks a folder in BEIR's layout with bm25s (Lucene's formula), to compare lexical numbers with.

    python -m venv VENV && VENV/bin/pip install bm25s PyStemmer pytrec_eval-terrier
    VENV/bin/python benches/peers/bm25s_lexical.py FOLDER [--k1 0.9] [--b 0.4] [--stop-words FILE|lucene|none]
        [--stemmer english|porter|none] [--run out.trec]

A document is its title, a line break, and its text; a token is a run of letters, digits and underscores in lower
case. Stop words are left out before stemming; FILE has one a line (NLTK's list is STOPWORDS_EN_PLUS in
bm25s.stopwords). Means are over the judged queries with at least one relevant document; one without results
counts 0. Equal scores are ordered by descending id.
"""

import argparse
import csv
import json
import re
import subprocess
from pathlib import Path

import bm25s
import pytrec_eval
import Stemmer

WORD = re.compile(r"\w+", re.UNICODE)
# The 33 words of Lucene's EnglishAnalyzer.ENGLISH_STOP_WORDS_SET.
LUCENE = (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these "
    "they this to was will with"
).split()


def rows(path):
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def read_qrels(folder):
    path = next(p for p in (folder / "qrels.tsv", folder / "qrels" / "test.tsv") if p.exists())
    qrels = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for query, document, grade in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if grade.lstrip("-").isdigit():
                qrels.setdefault(query, {})[document] = int(grade)
    return {query: judged for query, judged in qrels.items() if max(judged.values()) > 0}


def analyzer(stop_words, stemmer):
    if stop_words == "none":
        stop = set()
    elif stop_words == "lucene":
        stop = set(LUCENE)
    else:
        stop = {line.strip().lower() for line in Path(stop_words).read_text(encoding="utf-8").splitlines()}
    stem = (lambda words: words) if stemmer == "none" else Stemmer.Stemmer(stemmer).stemWords
    return lambda text: stem([word for word in WORD.findall(text.lower()) if word not in stop])


def filtered(command, texts):
    """The terms of each text as a program makes them, one text a line."""
    lines = "\n".join(" ".join(text.split()) for text in texts)
    terms = subprocess.run([command], input=lines, capture_output=True, text=True, check=True).stdout.split("\n")
    return dict(zip(texts, (line.split() for line in terms)))


def rank(options, analyze):
    corpus = rows(options.folder / "corpus.jsonl")
    texts = [f"{row.get('title') or ''}\n{row.get('text') or ''}" for row in corpus]
    if options.analyzer:
        known = filtered(options.analyzer, texts + [row["text"] for row in rows(options.folder / "queries.jsonl")])
        analyze = known.__getitem__
    index = bm25s.BM25(method="lucene", k1=options.k1, b=options.b)
    index.index([analyze(text) for text in texts], show_progress=False)
    ids, run = [str(row["_id"]) for row in corpus], {}
    for row in rows(options.folder / "queries.jsonl"):
        words = [word for word in analyze(row["text"]) if word in index.vocab_dict]
        scores = index.get_scores(words) if words else []
        found = sorted(((float(s), d) for s, d in zip(scores, ids) if s > 0), reverse=True)
        run[str(row["_id"])] = {document: score for score, document in found[: options.depth]}
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--k1", type=float, default=0.9)
    parser.add_argument("--b", type=float, default=0.4)
    parser.add_argument("--stop-words", default="lucene", help="a file, `lucene` or `none`")
    parser.add_argument("--stemmer", default="english", help="Snowball's `english` (Porter 2), `porter`, or `none`")
    parser.add_argument("--analyzer", help="a program that makes terms of lines, instead of the two above")
    parser.add_argument("--depth", type=int, default=1000, help="documents per query")
    parser.add_argument("--run", type=Path, help="where to write the run in TREC's format")
    options = parser.parse_args()
    run = rank(options, analyzer(options.stop_words, options.stemmer))
    if options.run:
        with options.run.open("w", encoding="utf-8") as out:
            for query, ranking in run.items():
                for place, (document, score) in enumerate(ranking.items(), 1):
                    out.write(f"{query}\tQ0\t{document}\t{place}\t{score!r}\tbm25s\n")
    qrels = read_qrels(options.folder)
    names = {"nDCG@10": "ndcg_cut_10", "R@100": "recall_100", "AP": "map", "RR": "recip_rank"}
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10", "recall.100", "map", "recip_rank"})
    results = evaluator.evaluate({query: ranking for query, ranking in run.items() if ranking})
    mean = {ours: sum(vs[name] for vs in results.values()) / len(qrels) for ours, name in names.items()}
    said = {"folder": options.folder.name, "k1": options.k1, "b": options.b, "stop_words": options.stop_words}
    said |= {"stemmer": options.stemmer, "queries": len(qrels), "bm25s": bm25s.__version__}
    print(json.dumps(said | {name: round(value, 4) for name, value in mean.items()}))


if __name__ == "__main__":
    main()
