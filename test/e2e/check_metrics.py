"""Recomputes every metric of a run's evaluation.json from the samples that it stored, with NumPy and SciPy alone.

Prints a line a metric: how many values, and the largest relative difference. Fails above 1e-6 (1e-4 where matrix roots are
taken), where the report has a metric that is not known here, and where it lacks one that applies.
"""
import json
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from metric_definitions import ROOTS, metrics
from numpy_safetensors import read as tensors_of

run = Path(sys.argv[1])


def read(path):
    return {name: tensor.astype(np.float64) for name, tensor in tensors_of(path)[0].items()}


@dataclass
class Given:
    """What a set of samples is measured on."""

    tokens: np.ndarray = None
    other_tokens: np.ndarray = None
    own_tokens: np.ndarray = None
    paired_tokens: np.ndarray = None
    halved_tokens: np.ndarray = None
    features: np.ndarray = None
    real: np.ndarray = None
    trained: np.ndarray = None
    other_features: np.ndarray = None
    paired_features: np.ndarray = None
    logits: np.ndarray = None
    labels: np.ndarray = None
    blank: np.ndarray = None
    blank_tolerance: np.ndarray = None
    prompts: int = None


def samples(row, suffix=""):
    name = re.sub("[^a-zA-Z0-9]+", "-", row["name"])
    return read(run / "evaluation" / f"{name}-{row['steps']}-seed{row['seed']}{suffix}.safetensors")


def halved(row, rows, at):
    """The tokens of the same student at twice the equal steps, of samplers that add no noise."""
    if row.get("sampler") not in ("flow-map", "velocity") or "times" in row or "stepsByToken" in row:
        return None
    same = lambda one: all(one[key] == row[key] for key in ("name", "seed")) and one["steps"] == 2 * row["steps"]
    return next((samples(one, at)["tokens"] for one in rows if same(one) and "stepsByToken" not in one), None)


def comparisons(rows, floor, at=""):
    """What each row is measured on, with what the report says; then the same of the teacher's second set."""
    teacher = next(row for row in rows if row["kind"] == "teacher")
    first, second = samples(teacher, at), samples(teacher, f"{at}-other")
    system = next((samples(row, at)["tokens"] for row in rows if row.get("own")), None)
    fixed = {name: real[name] for name in ("labels", "blank", "blank_tolerance") if name in real}
    base = Given(real=real.get("features"), trained=real.get("features_trained"), prompts=prompts, **fixed)
    of = lambda found: {name: found.get(name) for name in ("tokens", "features", "logits")}
    for row in rows:
        paired = {} if row.get("own") else {"paired_tokens": first["tokens"], "own_tokens": system}
        others = {"other_tokens": second["tokens"], "other_features": second.get("features")}
        given = replace(base, **of(samples(row, at)), **paired, **others, paired_features=first.get("features"), halved_tokens=halved(row, rows, at))
        yield f"{row['name']}, {row['steps']} steps{at}", given, row["quality"]
    others = {"other_tokens": first["tokens"], "other_features": first.get("features")}
    yield f"floor{at}", replace(base, **of(second), **others), floor


def all_comparisons():
    yield from comparisons(report["rows"], report["floors"]["teacherTeacher"])
    for guided in report.get("otherGuidance", []):
        yield from comparisons(guided["rows"], guided["teacherTeacher"], f"-w{guided['guidance']}")
    if real:
        yield "real", Given(features=real["features_other"], real=real["features"], trained=real.get("features_trained"), prompts=prompts), report["floors"]["realReal"]


report = json.loads((run / "evaluation.json").read_text())
real = read(run / "evaluation" / "real.safetensors") if report["unit"] == "images" else {}
prompts = int(real["labels"].max()) + 1 if real else None
worst, faults = {}, []
for label, given, quality in all_comparisons():
    faults += [f"{label}: unknown metric {name}" for name in quality if name not in metrics]
    for name, measure in metrics.items():
        found = measure(given)
        if (found is None) != (name not in quality):
            faults.append(f"{label}: {name} is {'absent' if found is not None else 'there, and does not apply'}")
        elif found is not None:
            said = quality[name]["value"]
            difference = 0 if found == said else abs(found - said) / max(abs(found), abs(said))
            count, most = worst.get(name, (0, 0))
            worst[name] = (count + 1, max(most, difference))
            if not difference <= (1e-4 if name in ROOTS else 1e-6):
                faults.append(f"{label}: {name}: expected {found}, got {said}")
for name, (count, most) in worst.items():
    print(f"{name} {count} values, relative difference {most:.1e}")
sys.exit("\n".join(faults) or None)
