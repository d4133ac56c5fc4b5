"""The shipped SunSpec maps, held against the models as pysunspec2 has them."""

from typing import Any

import pytest
from sunspec2.device import Model as TheirModel

from ter_pipelines.formats.register_map import RegisterMap, shipped_maps
from ter_pipelines.formats.register_map.sunspec import Model, model_at, text_of

MAPS = [m for m in shipped_maps().values() if m.sunspec_model is not None]
UNITS = {"Pct": "%", "C": "degC", None: "code"}
TYPES = {"enum16": "uint16"}
PHASES = {"": "", "A": "_l1", "B": "_l2", "C": "_l3"}
PAIRS = {"AB": "_l1_l2", "BC": "_l2_l3", "CA": "_l3_l1"}
NAMES = {
    "Hz": "frequency", "W": "power", "VA": "apparent_power", "VAr": "reactive_power",
    "VAR": "reactive_power", "PF": "power_factor", "WH": "export_energy",
    "DCA": "dc_current", "DCV": "dc_voltage", "DCW": "dc_power", "St": "state",
    "TmpCab": "cabinet_temperature", "TmpSnk": "sink_temperature",
    "TmpTrns": "transformer_temperature", "TmpOt": "other_temperature",
    "PhV": "voltage_average", "PPV": "voltage_between_average", "A": "current",
    "TotWhImp": "import_energy", "TotWhExp": "export_energy",
    **{f"Aph{phase}": f"current{suffix}" for phase, suffix in PHASES.items()},
    **{f"Wph{phase}": f"power{suffix}" for phase, suffix in PHASES.items()},
    **{f"PhVph{phase}": f"voltage{suffix}" for phase, suffix in PHASES.items()},
    **{f"PPVph{pair}": f"voltage{suffix}" for pair, suffix in PAIRS.items()},
    **{f"PhVph{pair}": f"voltage{suffix}" for pair, suffix in PAIRS.items()},
    **{f"TotWhImpPh{p}": f"import_energy{suffix}" for p, suffix in PHASES.items()},
    **{f"TotWhExpPh{p}": f"export_energy{suffix}" for p, suffix in PHASES.items()},
}  # fmt: skip


@pytest.mark.parametrize("device", MAPS, ids=lambda device: device.name)
def test_every_measurement_is_a_point_of_the_model(device: RegisterMap) -> None:
    points = points_of(device)

    ours = {
        entry.address: (
            name,
            entry.type,
            entry.unit,
            entry.scale_factor,
            entry.function,
        )
        for name, entry in device.entries.items()
    }

    assert ours == {address: points[address] for address in ours}


@pytest.mark.parametrize("device", MAPS, ids=lambda device: device.name)
def test_intervals_are_made_of_the_models_counters(device: RegisterMap) -> None:
    counters = {
        e.measurement: e.direction for e in device.entries.values() if e.has_role
    }

    given, taken = {"export_energy": "received"}, {"import_energy": "delivered"}
    is_meter = "meter" in device.title
    assert counters == (given | taken if is_meter else given)


def test_a_model_leads_to_the_next_one() -> None:
    model = model_at(40002, (1, 66))

    assert model == Model(1, 40002, 66)
    assert model.next_address == 40070
    assert model_at(40070, (0xFFFF, 0)) is None


@pytest.mark.parametrize("header", [(0, 66), (1, 65000), (103, 25463)])
def test_a_chain_that_leads_nowhere_is_refused(header: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="SunSpec chain at register 40070"):
        model_at(40070, header)


def test_a_chain_may_end_with_the_last_register() -> None:
    assert model_at(40070, (103, 25462)) == Model(103, 40070, 25462)


def test_text_ends_at_its_first_zero() -> None:
    assert text_of((0x4561, 0x7374, 0x726F, 0x6E00, 0x7878)) == "Eastron"


def points_of(device: RegisterMap) -> dict[int, tuple[str, str, str, int | None, int]]:
    """Give what we call each point of the model, and how it is written, by address."""
    points: list[dict[str, Any]] = TheirModel(device.sunspec_model).gdef["points"]
    places: dict[str, int] = {}
    address = 0
    for point in points:
        places[point["name"]] = address
        address += point["size"]
    return {
        places[point["name"]]: (
            NAMES[point["name"]],
            TYPES.get(point["type"], point["type"]),
            UNITS.get(point.get("units"), point.get("units", "")),
            places[point["sf"]] if "sf" in point else None,
            3,
        )
        for point in points
        if point["name"] in NAMES
    }
