"""Settings fail all at once, by variable, and pass on to child processes."""

from pathlib import Path

import pytest

from ter_pipelines.settings import devices_scheme, read_settings
from ter_pipelines.vocab.errors import FieldError, SettingsError

PLACEHOLDER_KEY = "placeholder-key"


def test_nothing_set_gives_the_embedded_defaults() -> None:
    settings = read_settings({"PATH": "/bin", "LANG": "C"})

    assert settings.home == Path(".ter")
    assert settings.lake_root == Path(".ter/data")
    assert settings.registry_address.startswith("sqlite:////")


def test_every_wrong_and_every_unknown_variable_is_named() -> None:
    environ = {"TER_API_PORT": "eighty", "TER_HOEM": "/x", "TER_VTN_PORT": "8080"}

    with pytest.raises(SettingsError) as refusal:
        read_settings(environ)

    assert "TER_API_PORT: " in str(refusal.value)
    assert "TER_HOEM: " in str(refusal.value)
    assert "TER_VTN_PORT" not in str(refusal.value)


def test_a_child_process_reads_the_same_settings(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "TER_HOME": str(tmp_path),
            "TER_API_PORT": "0",
            "TER_PRICE_FEED_URL": "http://127.0.0.1:1/{yyyymmdd}.csv",
        }
    )

    child = read_settings(settings.child_environ())

    absolute = {"programme": settings.programme.absolute()}
    assert child == settings.model_copy(update=absolute)


def test_a_relative_home_is_the_same_folder_for_a_child_elsewhere() -> None:
    settings = read_settings({"TER_HOME": "here"})

    child = read_settings(settings.child_environ())

    assert child.home == Path("here").absolute()


def test_devices_call_the_vtn_as_its_own_settings_say() -> None:
    assert devices_scheme({"VTN_TLS_CERT_FILE": "/etc/vtn.crt"}) == "https"
    assert devices_scheme({"VTN_TLS_CERT_FILE": " "}) == "http"
    assert devices_scheme({}) == "http"


def test_the_key_is_not_put_into_a_childs_environment_or_shown() -> None:
    settings = read_settings({"TER_VTN_CONTROL_KEY": PLACEHOLDER_KEY})

    assert PLACEHOLDER_KEY not in settings.child_environ().values()
    assert PLACEHOLDER_KEY not in repr(settings)


def test_the_key_is_the_variables_before_the_files(tmp_path: Path) -> None:
    settings = read_settings({"TER_HOME": str(tmp_path)})
    settings.vtn_key_file.parent.mkdir()
    settings.vtn_key_file.write_text("from-the-file\n")

    given = settings.model_copy(
        update={
            "vtn_control_key": read_settings(
                {"TER_VTN_CONTROL_KEY": PLACEHOLDER_KEY}
            ).vtn_control_key
        }
    )

    assert settings.read_vtn_key() == "from-the-file"
    assert given.read_vtn_key() == PLACEHOLDER_KEY


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_no_key_anywhere_says_where_to_put_one(
    tmp_path: Path, content: str | None
) -> None:
    settings = read_settings({"TER_HOME": str(tmp_path)})
    if content is not None:
        settings.vtn_key_file.parent.mkdir()
        settings.vtn_key_file.write_text(content)

    with pytest.raises(SettingsError, match="set TER_VTN_CONTROL_KEY, or write"):
        settings.read_vtn_key()


def test_a_programme_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = read_settings({"TER_PROGRAMME": str(tmp_path / "none.toml")})

    with pytest.raises(SettingsError, match=r"none\.toml does not exist"):
        settings.read_programme()


def test_a_programme_without_unit_and_currency_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "programme.toml"
    lines = Path("examples/programme.toml").read_text().splitlines()
    kept = [li for li in lines if not li.startswith(("currency", "price_unit"))]
    file.write_text("\n".join(kept))

    with pytest.raises(FieldError) as refusal:
        read_settings({"TER_PROGRAMME": str(file)}).read_programme()

    assert refusal.value.fields == {
        "currency": ["is missing"],
        "price_unit": ["is missing"],
    }
