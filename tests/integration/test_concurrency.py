"""One invocation at a time per environment; as many environments as invocations at a time."""

import concurrent.futures
import time

import function_packages as packages


def invoke_together(functions, name, events, at_once=60):
    with concurrent.futures.ThreadPoolExecutor(min(at_once, len(events))) as pool:
        return list(pool.map(lambda event: functions.invoke(name, event), events))


def test_simultaneous_invocations_get_an_environment_each(functions):
    name = functions.deploy(packages.python(), Timeout=30)
    answers = invoke_together(functions, name, [{"do": "sleep", "seconds": 3}] * 6)
    assert all(answer.error is None for answer in answers), answers
    assert len({answer.value["environment"] for answer in answers}) == 6


def test_no_environment_ever_runs_two_invocations_at_once(functions):
    name = functions.deploy(packages.python(), Timeout=30)
    answers = invoke_together(functions, name, [{"do": "sleep", "seconds": 0.05}] * 80, at_once=16)
    spans = {}
    for answer in answers:
        assert answer.error is None
        spans.setdefault(answer.value["environment"], []).append((answer.value["from"], answer.value["to"]))
    for used in spans.values():
        used.sort()
        for (_, end), (begin, _) in zip(used, used[1:]):
            assert end <= begin, "two invocations overlapped in one environment"


def test_invocations_one_after_another_share_one_environment(functions):
    name = functions.deploy(packages.python())
    assert len({functions.invoke(name, {"do": "count"}).value["environment"] for _ in range(20)}) == 1


def test_functions_never_share_an_environment(functions):
    names = [functions.deploy(packages.python()) for _ in range(3)]
    seen = {functions.invoke(name, {"do": "count"}).value["environment"] for name in names for _ in range(3)}
    assert len(seen) == 3


def test_a_busy_function_does_not_hold_up_its_neighbour(functions):
    busy = functions.deploy(packages.python(), Timeout=30)
    neighbour = functions.deploy(packages.python())
    functions.invoke(neighbour, {"do": "count"})
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(functions.invoke, busy, {"do": "sleep", "seconds": 3}) for _ in range(4)]
        time.sleep(1)
        start = time.monotonic()
        assert functions.invoke(neighbour, {"do": "echo", "value": 1}).value == 1
        assert time.monotonic() - start < 1
        assert all(one.result().error is None for one in running)


def test_many_small_invocations_all_get_their_own_answer(functions):
    name = functions.deploy(packages.native())
    answers = invoke_together(functions, name, [{"number": number} for number in range(200)], at_once=16)
    assert [answer.value["number"] for answer in answers] == list(range(200))
