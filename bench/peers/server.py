"""PyTorch's side of `npm run bench -- --peers`: a request a line on stdin, an answer a line on stdout, both JSON.

{"op": "prepare", "id": …, "workload": …, "setting": {"compile": …, "bf16": …}, …}: opens a workload and warms it up
{"op": "time", "id": …, "calls": n}: the seconds of n calls
{"op": "open", "id": …, "setting": …, …}: opens the recipe of digits.py
{"op": "stage", "id": …, "stage": …}: the seconds of one of its stages
{"op": "drop"}: forgets all workloads
"""

import gc
import json
import os
import sys
import time

WARM_UP = 3


def prepare(request, opened):
    from workloads import WORKLOADS

    start = time.perf_counter()
    workload = WORKLOADS[request["workload"]](request, request["setting"])
    check = workload.check()
    for _ in range(WARM_UP):
        workload.run()
    opened[request["id"]] = workload
    return {"seconds": time.perf_counter() - start, "check": check, "choice": workload.choice}


def timed(request, opened):
    workload, seconds = opened[request["id"]], []
    for _ in range(request["calls"]):
        start = time.perf_counter()
        workload.run()
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds}


def open_recipe(request, opened):
    from digits import Digits

    recipe = opened[request["id"]] = Digits(request, request["setting"])
    if request["setting"]["compile"]:
        for name in ("trajectories", "training", "sampling"):
            recipe.run(name, brief=True)
    return {}


def stage(request, opened):
    return {"seconds": opened[request["id"]].run(request["stage"])}


def drop(_, opened):
    import torch

    opened.clear()
    torch.compiler.reset()
    gc.collect()
    return {}


OPERATIONS = {"prepare": prepare, "time": timed, "open": open_recipe, "stage": stage, "drop": drop}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever libraries print is no answer

    def answer(value):
        print(json.dumps(value), file=answers, flush=True)

    try:
        import torch
        from settings import compiler
    except ImportError as error:
        return answer({"error": str(error)})
    torch.set_num_threads(int(sys.argv[1]))
    capability = torch.backends.cpu.get_cpu_capability()
    answer({"torch": torch.__version__, "capability": capability, "compiler": compiler()})
    opened = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer(OPERATIONS[request["op"]](request, opened))
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"})


if __name__ == "__main__":
    main()
