"""Installing interpreters: uv, apt and CPython's build are stood in for by scripts; one slow test builds a real one."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from engine import interpreter
from engine.errors import InterpreterError
from engine.interpreter import build, debian, facts
from engine.interpreter.wanted import parse
from engine.model import Interpreter
from engine.spawn import command

CONFIGURE = """#!/bin/sh
echo configured with "$@"
prefix=${1#--prefix=}
cat > Makefile <<END
all:
\techo built >> '%(counter)s'
install:
\tmkdir -p "\\$(DESTDIR)$prefix/bin"
\tcp python "\\$(DESTDIR)$prefix/bin/python3.97t"
END
cat > python <<'END'
#!/bin/sh
echo '%(answer)s'
END
chmod +x python
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty fteng, an apt archive key, and a `bin` that comes first on PATH."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("FTENG_INTERPRETERS", str(tmp_path / "own"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    (tmp_path / "key.gpg").write_text("key")
    monkeypatch.setattr(debian, "KEYRING", tmp_path / "key.gpg")
    script(tmp_path / "bin" / "uv", "echo 'error: Failed to fetch' >&2; echo '  cause: failed to look up' >&2; exit 2")
    apt(tmp_path, "echo 'E: Failed to fetch the list' >&2; exit 100")
    return tmp_path


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text + "\n")
    path.chmod(0o755)
    return path


def apt(home: Path, text: str) -> Path:
    """An apt-get that knows one archive, and does what the text says when it is to fetch something."""
    listed = "'http://mirror.invalid/debian/dists/stable/InRelease' mirror.invalid_debian_dists_stable_InRelease 0"
    return script(home / "bin" / "apt-get", f'case "$*" in *print-uris*) echo "{listed}"; exit;; esac\n{text}')


def source_tree(home: Path, configure: str = CONFIGURE, version: str = "3.97.1", **answer: Any) -> Path:
    """A tree that builds, in no time, a program that answers as this interpreter would."""
    tree = home / f"Python-{version}"
    (tree / "Include").mkdir(parents=True, exist_ok=True)
    (tree / "Include" / "patchlevel.h").write_text(f'#define PY_VERSION  "{version}"\n')
    made_up = Interpreter(spec="", executable="", version=version, free_threaded=True, gil_option=True)
    told = {name: value for name, value in asdict(made_up).items() if name not in facts.NAMES} | answer
    (tree / "configure").write_text(configure % {"counter": home / "counter", "answer": json.dumps(told)})
    (tree / "configure").chmod(0o755)
    return tree


def tarball(tree: Path) -> Path:
    path = tree.parent / f"{tree.name}.tar.xz"
    with tarfile.open(path, "w:xz") as archive:
        archive.add(tree, tree.name)
    return path


def install(spec: str = "3.97t", **options: Any) -> tuple[Interpreter, list[str]]:
    said: list[str] = []
    return interpreter.install(spec, say=said.append, **options), said


def refused(spec: str = "3.97t", **options: Any) -> tuple[str, list[str]]:
    said: list[str] = []
    with pytest.raises(InterpreterError) as caught:
        interpreter.install(spec, say=said.append, **options)
    return str(caught.value), said


def installed(home: Path) -> list[str]:
    """What an eye, or `find`, sees in fteng's own folder."""
    assert interpreter.find(["3.97t"])[0] == () or list((home / "own").glob("[!.]*"))
    return sorted(path.name for path in (home / "own").iterdir() if not path.name.endswith(".lock"))


def test_what_is_there_is_returned_and_nothing_is_run(home: Path, either: Interpreter) -> None:
    here = script(home / "own" / "mine" / "bin" / "python3", f'exec "{either.executable}" "$@"')
    there, said = install(either.spec)
    assert there == replace(either, executable=str(here))
    assert said == [f"{either.spec} is already here: {here}"]


def test_a_failing_uv_is_told_and_debian_is_next(home: Path) -> None:
    archive = tarball(source_tree(home))
    fetched = f'case "$*" in *source*) cp {archive} python3.97_3.97.1.orig.tar.xz; touch x.orig.tar.xz.asc;; esac'
    apt(home, fetched)
    made, said = install()
    assert made.spec == "3.97t"
    assert made.free_threaded
    assert made.executable == str(home / "own" / "3.97.1t" / "bin" / "python3.97t")
    assert interpreter.find(["3.97t"]) == ((made,), ())
    told = "\n".join(said)
    assert said[:2] == ["installing 3.97t: uv python install", "this way failed: uv said: cause: failed to look up"]
    for step in (
        "Debian's source package",
        "apt fetched python3.97_3.97.1",
        "configuring",
        "building",
        "installing into",
    ):
        assert step in told
    assert "--disable-gil" in (home / "cache" / "fteng" / "builds" / "3.97t.log").read_text()
    assert installed(home) == ["3.97.1t"]


def test_uv_is_the_first_way_and_may_be_the_last(
    home: Path, default_build: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = home / "uv" / f"cpython-{default_build.version}-linux-x86_64-gnu" / "bin"
    monkeypatch.setenv("PYENV_ROOT", str(home / "none"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(home / "uv"))
    monkeypatch.setenv("PATH", str(home / "bin"))
    if interpreter.find(["3.13"])[0]:
        pytest.skip("the engine itself runs on 3.13, which so is never missing")
    fetch = f"import os; os.makedirs('{store}'); os.symlink('{default_build.executable}', '{store}/python')"
    script(home / "bin" / "uv", f'[ "$*" = "python install 3.13" ] && exec {sys.executable} -c "{fetch}"')
    made, said = install("3.13")
    assert made.version == default_build.version
    assert said == ["installing 3.13: uv python install", f"3.13 is {made.executable}"]


def test_a_uv_that_hangs_is_given_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.interpreter.installer.UV_TIMEOUT", 0.2)
    script(home / "bin" / "uv", "sleep 600")
    message, _ = refused()
    assert "uv was not done after" in message


def test_when_every_way_fails_the_error_lists_them_and_what_to_install(home: Path) -> None:
    message, said = refused()
    assert message.splitlines()[0] == "3.97t could not be installed"
    assert "uv python install: uv said: cause: failed to look up" in message
    assert "trixie: apt-get update failed: E: Failed to fetch" in message
    assert "sid: apt-get update failed" in message
    assert "build-essential" in message
    assert len([line for line in said if line.startswith("this way failed")]) == 2
    assert installed(home) == []


def test_source_from_a_suite_with_another_patch_level_is_not_built(home: Path) -> None:
    archive = tarball(source_tree(home))
    apt(home, f'case "$*" in *source*) cp {archive} python3.97_3.97.1.orig.tar.xz;; esac')
    message, _ = refused("3.97.4t")
    assert "trixie: it has 3.97.1, not 3.97.4" in message


def test_the_source_comes_from_the_archive_that_the_system_uses(home: Path) -> None:
    apt(home, f"cat ../etc/sources.list >> {home}/asked; exit 100")
    refused()
    asked = (home / "asked").read_text().splitlines()
    assert asked
    assert {line.split()[2] for line in asked} == {"http://mirror.invalid/debian"}


def test_an_apt_without_sources_is_said_so(home: Path) -> None:
    script(home / "bin" / "apt-get", "exit 0")
    message, _ = refused()
    assert "apt has no archive to ask" in message


def test_without_the_archives_key_nothing_of_debian_is_built(home: Path) -> None:
    (home / "key.gpg").unlink()
    message, _ = refused()
    assert "key.gpg is missing, and unsigned source is not built" in message


def test_a_given_source_is_the_only_way(home: Path) -> None:
    made, said = install(source=str(source_tree(home)))
    assert made.version == "3.97.1"
    assert not any("uv" in line for line in said)
    assert [
        path.name for path in (home / "Python-3.97.1").iterdir() if path.suffix == ".o" or path.name == "Makefile"
    ] == []


def test_a_second_build_of_the_same_source_is_not_made(home: Path) -> None:
    tree = source_tree(home)
    first, _ = install(source=str(tree))
    second, said = install(source=str(tree))
    assert first == second
    assert any("was built before" in line for line in said)
    assert (home / "counter").read_text().count("built") == 1


def test_an_optimised_build_stands_beside_the_plain_one_and_comes_first(home: Path) -> None:
    install(source=str(source_tree(home)))
    made, _ = install(source=str(source_tree(home, optimized=True, lto=True)), optimized=True)
    assert installed(home) == ["3.97.1t", "3.97.1t-optimized"]
    assert "--enable-optimizations --with-lto" in (home / "cache" / "fteng" / "builds" / "3.97t.log").read_text()
    assert interpreter.find(["3.97t"])[0] == (made,)


def no_source(home: Path) -> dict[str, tuple[Path, str]]:
    """Sources that hold no CPython of the version wanted, and what is said of each."""
    (home / "text.tar.xz").write_text("no tarball")
    whole = tarball(source_tree(home)).read_bytes()
    (home / "cut.tar.xz").write_bytes(whole[: len(whole) // 2])
    (home / "empty").mkdir()
    with tarfile.open(home / "two.tar", "w") as archive:
        archive.add(home / "empty", "one")
        archive.add(home / "empty", "two")
    with tarfile.open(home / "evil.tar", "w") as archive:
        member = tarfile.TarInfo("../../evil")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"evil"))
    return {
        "absent": (home / "absent", "there is no such file"),
        "no tarball": (home / "text.tar.xz", "text.tar.xz cannot be unpacked"),
        "half a tarball": (home / "cut.tar.xz", "cut.tar.xz cannot be unpacked"),
        "another folder": (home / "empty", "empty is not the source of a CPython"),
        "two folders": (home / "two.tar", "holds 2 folders"),
        "a member outside": (home / "evil.tar", "evil.tar cannot be unpacked"),
        "another version": (source_tree(home, version="3.96.0"), "is the source of CPython 3.96.0, not of 3.97t"),
    }


@pytest.mark.parametrize(
    "name",
    ["absent", "no tarball", "half a tarball", "another folder", "two folders", "a member outside", "another version"],
)
def test_a_source_that_is_none_is_one_clear_message(name: str, home: Path) -> None:
    path, words = no_source(home)[name]
    message, _ = refused(source=str(path))
    assert words in message
    assert installed(home) == []
    assert not list(home.rglob("evil"))


@pytest.mark.parametrize(
    ("configure", "words"),
    [
        ("echo 'configure: error: no C compiler'; echo 'See config.log'; exit 77", "configure: error: no C compiler"),
        ("exit 1", "configure failed: it said nothing"),
        ("echo 'all:\n\t@echo boom.c:1: error: boom; false' > Makefile", "make failed: boom.c:1: error: boom"),
        ("exit 0", "make failed"),
        ("echo 'all:\ninstall:\n\t@mkdir -p $(DESTDIR)/a; echo full disk; false' > Makefile", "full disk"),
        ("echo 'all:\ninstall:' > Makefile", "has no bin/python3"),
    ],
)
def test_a_step_that_fails_is_told_by_its_last_words_and_leaves_nothing(configure: str, words: str, home: Path) -> None:
    message, _ = refused(source=str(source_tree(home, "#!/bin/sh\n" + configure.replace("%", "%%"))))
    assert words in message
    assert "log of the last build" in message
    assert (home / "cache" / "fteng" / "builds" / "3.97t.log").exists()
    assert installed(home) == []
    assert [path.name for path in (home / "cache" / "fteng" / "builds").iterdir()] == ["3.97t.log"]


def test_pip_is_left_out_where_it_cannot_be_put_in(home: Path) -> None:
    configure = CONFIGURE.replace("install:\n", 'install:\n\ttest "\\$(ENSUREPIP)" = no || { echo no zlib; false; }\n')
    _, said = install(source=str(source_tree(home, configure)))
    assert any("installing again without pip (make install failed: no zlib)" in line for line in said)


def test_a_build_that_is_not_what_was_asked_does_not_count(home: Path) -> None:
    message, _ = refused(source=str(source_tree(home, free_threaded=False)))
    assert "what was installed is a CPython 3.97.1, not 3.97t" in message
    assert installed(home) == []


def test_what_a_killed_build_left_is_neither_found_nor_in_the_way(home: Path) -> None:
    left = script(home / "own" / ".3.97.1t" / "bin" / "python3", "echo '{}'")
    (home / "cache" / "fteng" / "builds" / "3.97t").mkdir(parents=True)
    assert interpreter.find(["3.97t"])[0] == ()
    install(source=str(source_tree(home)))
    assert not left.exists()
    assert installed(home) == ["3.97.1t"]


def test_an_interrupted_installation_stops_its_make_and_leaves_nothing(home: Path) -> None:
    tree = source_tree(home, CONFIGURE.replace("\tcp python", "\techo copying > '%(counter)s'; sleep 60\n\tcp python"))
    program = "import sys; from engine.interpreter import install; install('3.97t', source=sys.argv[1], say=print)"
    child = subprocess.Popen([sys.executable, "-c", program, str(tree)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not (home / "counter").exists() or "built" in (home / "counter").read_text():
        assert time.monotonic() < deadline, "make install never began"
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert b"KeyboardInterrupt" in err
    assert installed(home) == []
    assert interpreter.find(["3.97t"])[0] == ()


def test_a_broken_installation_is_not_overwritten_but_named(home: Path) -> None:
    script(home / "own" / "3.97.1t" / "bin" / "python3", "exit 1")
    message, _ = refused(source=str(source_tree(home)))
    assert f"{home / 'own' / '3.97.1t'} is in the way" in message


def test_two_installations_of_one_version_wait_for_each_other(home: Path) -> None:
    tree = source_tree(home, CONFIGURE.replace("echo built", "sleep 0.5; echo built"))
    answers: list[tuple[Interpreter, list[str]]] = []
    threads = [threading.Thread(target=lambda: answers.append(install(source=str(tree)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0][0] == answers[1][0]
    assert (home / "counter").read_text().count("built") == 1
    assert sum("waiting for it" in line for _, said in answers for line in said) == 1


def test_the_variables_of_a_make_that_started_fteng_do_not_reach_the_build(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEFLAGS", "n")  # make would only print what it would do
    monkeypatch.setenv("DESTDIR", str(home / "elsewhere"))
    install(source=str(source_tree(home)))
    assert installed(home) == ["3.97.1t"]
    assert not (home / "elsewhere").exists()


@pytest.mark.parametrize(
    ("spec", "words"), [("./python", "is a path"), ("pythn", "names no interpreter"), ("3.8", "too old")]
)
def test_what_is_no_version_cannot_be_installed(spec: str, words: str, home: Path) -> None:
    message, said = refused(spec)
    assert words in message
    assert said == []


def test_a_folder_that_cannot_be_written_is_said_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("FTENG_INTERPRETERS", str(home / "file" / "own"))
    message, _ = refused()
    assert "cannot be written" in message


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("", "it said nothing"),
        ("a\nb\n\n", "b"),
        ("x.c:1: error: boom\nmake[1]: *** [x.o] Error 1\nmake: *** Error 2\n", "x.c:1: error: boom"),
    ],
)
def test_the_last_words_of_a_tool_are_the_line_that_tells(said: str, last: str) -> None:
    assert build.last_words(said) == last


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.timeout(1800)
def test_a_real_free_threaded_cpython_is_built_from_debians_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (shutil.which("apt-get") and debian.KEYRING.exists() and shutil.which("cc")):
        pytest.skip("this needs Debian's apt-get and a C compiler")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("FTENG_INTERPRETERS", str(tmp_path / "own"))
    archive = debian.fetch_source(parse("3.13t"), tmp_path / "apt")
    made, _ = install("3.13t", source=str(archive))
    assert made.free_threaded
    assert made.gil_option
    assert not made.optimized
    ran = command([made.executable, "-I", "-c", "import sys, ssl, zlib, pip; print(sys._is_gil_enabled(), sys.prefix)"])
    assert ran.out.split() == ["False", str(tmp_path / "own" / f"{made.version}t")]
