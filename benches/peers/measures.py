#!/usr/bin/env python3
"""Compares Haversack's measures with those of ir_measures, pytrec_eval and ranx on random runs with ties.

    python -m venv VENV && VENV/bin/pip install ir_measures pytrec_eval-terrier ranx
    VENV/bin/python benches/peers/measures.py [--rounds N] -- haversack eval score

The command is given `--qrels FILE --run FILE --measures A,B --json` and must print
{"measures": {"nDCG@10": {"mean": x, "per_task": {id: value}}}}. The exit code is 1 if any number differs by
more than 1e-6. Two peers order ties in their own way and are compared without them: ranx (by the order of the
run), and ir_measures for RR@k (which it leaves to MS MARCO's script: by ascending id).
"""

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

# Ours, ir_measures', pytrec_eval's, ranx's; None where the peer has no such measure, or defines it otherwise.
MEASURES = [
    ("nDCG@10", "nDCG@10", "ndcg_cut_10", "ndcg@10"),
    ("nDCG", "nDCG", "ndcg", "ndcg"),
    ("AP", "AP", "map", "map"),
    ("AP@10", "AP@10", "map_cut_10", None),
    ("RR", "RR", "recip_rank", "mrr"),
    ("RR@10", "RR@10", None, "mrr@10"),
    ("P@5", "P@5", "P_5", "precision@5"),
    ("P(rel=2)@5", "P(rel=2)@5", None, None),
    ("R@100", "R@100", "recall_100", "recall@100"),
    ("success@1", "Success@1", "success_1", "hit_rate@1"),
    ("success@10", "Success@10", "success_10", "hit_rate@10"),
    ("Rprec", "Rprec", "Rprec", "r-precision"),
    ("bpref", "Bpref", "bpref", None),
    ("infAP", "infAP", "infAP", None),
    ("setP", "SetP", "set_P", None),
    ("setR", "SetR", "set_recall", None),
    ("setF", "SetF", "set_F", None),
]
TOLERANCE = 1e-6


def collection(rng, ties):
    """Judgments and a run; half of the scores tie when `ties`. Every query is in both."""
    qrels, run = {}, {}
    documents = [f"d{number}" for number in range(rng.randint(5, 300))]
    for number in range(rng.randint(1, 12)):
        query = f"q{number}"
        judged = rng.sample(documents, rng.randint(1, min(40, len(documents))))
        qrels[query] = {document: rng.choice([0, 0, 1, 1, 2, 3]) for document in judged}
        # A query to which nothing is relevant is treated differently by every peer.
        qrels[query][judged[0]] = rng.choice([1, 2])
        found = rng.sample(documents, rng.randint(1, len(documents)))
        scores = list(range(1, len(found) + 1))
        rng.shuffle(scores)
        # Quarters are exact in 32 bits, to which trec_eval 9 (in pytrec_eval) rounds scores.
        run[query] = {d: (score // 3 if ties else score) / 4 for d, score in zip(found, scores)}
    return qrels, run


def ask(command, folder, qrels, run):
    qrels_file, run_file = folder / "qrels", folder / "run"
    qrels_file.write_text("".join(f"{q} 0 {d} {g}\n" for q, js in qrels.items() for d, g in js.items()))
    run_file.write_text("".join(f"{q} Q0 {d} 0 {s} r\n" for q, ds in run.items() for d, s in ds.items()))
    names = ",".join(ours for ours, *_ in MEASURES)
    arguments = ["--qrels", str(qrels_file), "--run", str(run_file), "--measures", names, "--json"]
    done = subprocess.run(command + arguments, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["measures"]


def by_ir_measures(qrels, run):
    import ir_measures

    wanted = {ir_measures.parse_measure(name): ours for ours, name, _, _ in MEASURES if name}
    values = {}
    for metric in ir_measures.iter_calc(list(wanted), qrels, run):
        values.setdefault(wanted[metric.measure], {})[metric.query_id] = metric.value
    return values


def by_pytrec_eval(qrels, run):
    import pytrec_eval

    wanted = {name: ours for ours, _, name, _ in MEASURES if name}
    asked = {n.rsplit("_", 1)[0] + "." + n.rsplit("_", 1)[1] if n[-1].isdigit() else n for n in wanted}
    results = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(run)
    return {ours: {q: vs[name] for q, vs in results.items()} for name, ours in wanted.items()}


def by_ranx(qrels, run):
    import ranx

    wanted = {name: ours for ours, _, _, name in MEASURES if name}
    judged, ranked = ranx.Qrels(qrels), ranx.Run(run)
    ranx.evaluate(judged, ranked, list(wanted), return_mean=False)
    return {ours: dict(ranked.scores[name]) for name, ours in wanted.items()}


def differences(peer, theirs, ours):
    for measure, per_task in theirs.items():
        report = ours[measure]
        for query, value in per_task.items():
            got = report["per_task"][query]
            if not abs(got - value) <= TOLERANCE:
                yield f"{peer} {measure} {query}: {value}, ours {got}"
        mean = math.fsum(per_task.values()) / len(per_task)
        if not abs(report["mean"] - mean) <= TOLERANCE:
            yield f"{peer} {measure} mean: {mean}, ours {report['mean']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("command", nargs="+", help="what prints the report, such as `haversack eval score`")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    peers = [("ir_measures", by_ir_measures), ("pytrec_eval", by_pytrec_eval), ("ranx", by_ranx)]
    compared, found = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            ties = number % 2 == 1
            qrels, run = collection(rng, ties)
            ours = ask(options.command, Path(folder), qrels, run)
            for name, peer in peers:
                if ties and name == "ranx":
                    continue
                theirs = peer(qrels, run)
                if ties and name == "ir_measures":
                    del theirs["RR@10"]
                compared[name] = compared.get(name, 0) + sum(len(values) for values in theirs.values())
                found.extend(f"round {number}: {text}" for text in differences(name, theirs, ours))
    said = {"rounds": options.rounds, "seed": options.seed, "compared": compared}
    print(json.dumps(said | {"different": len(found)}))
    for text in found[:20]:
        print(text, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
