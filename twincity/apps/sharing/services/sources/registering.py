"""From a draft to a registered source with its first version, and from a later delivery to the next one."""

from __future__ import annotations

import re
import shutil

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction

from twincity.apps.sharing import sources as rules
from twincity.apps.sharing.models import Source, SourceVersion, SystemService
from twincity.apps.sharing.queries import sources as queries
from twincity.apps.sharing.services.sources.drafts import Draft
from twincity.engines.catalogue import facade as catalogue
from twincity.engines.exchange import facade as exchange
from twincity.kernel import clock
from twincity.kernel.locale_text import LocalText
from twincity.kernel.problems import INVALID, Problem, define

TAKEN = define("source-taken", 409, zh="名称 {name} 已被使用", en="The name {name} is taken")
UNMAPPED = define(
    "source-unmapped",
    422,
    zh="没有列对应标准 {standard} 的字段",
    en="No column belongs to a field of standard {standard}",
)
NO_COLUMN = define("source-column", 422, zh="没有列 {column}", en="There is no column {column}")
NO_FIELD = define("source-field", 422, zh="标准没有字段 {name}", en="The standard has no field {name}")
SAME = define("source-same", 409, zh="与第 {number} 版完全相同", en="The same as version {number}")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What a steward says of a new source; without a standard one is drafted from the columns and published."""

    name: str
    title: LocalText
    description: LocalText
    licence: str
    rhythm: catalogue.Rhythm
    standard: str = ""
    mapping: dict[str, str] = {}
    """Column by field; empty matches columns and fields by their names."""
    department: str = ""
    division: str = ""
    """The node's own when empty."""
    made_from: tuple[str, ...] = ()


def register(draft: Draft, given: Registration) -> SourceVersion:
    """Register a source with its first version.

    Raises:
        Problem: ``invalid``, ``source-taken``, ``not-found``, ``source-unmapped``, ``source-column``, or as the
            catalogue's when it publishes a drafted standard.
    """
    check_name(given.name)
    if given.licence not in rules.LICENCES:
        raise Problem(INVALID, field="licence", name="licence", reason=given.licence)
    identifier, standard = _standard(draft, given)
    mapping = mapped(draft.columns, standard, given.mapping)
    now = clock.now()
    source = Source(
        name=given.name,
        kind=draft.kind,
        title=msgspec.to_builtins(given.title),
        description=msgspec.to_builtins(given.description),
        origin=draft.origin,
        standard=identifier,
        licence=given.licence,
        rhythm=given.rhythm,
        division=given.division or settings.CONFIG.division,
        department=given.department,
        made_from=list(given.made_from),
        created=now,
        changed=now,
    )
    return _keep(source, draft, mapping, standard, new=True)


def deliver(source: Source, draft: Draft) -> SourceVersion:
    """Add a version; its columns are matched as those of the version before.

    Raises:
        Problem: ``source-same`` when nothing has changed, ``source-column`` when a column is gone.
    """
    before = queries.newest(source)
    standard = queries.standard(source)
    if before is not None and before.digest == draft.found.sha256:
        raise Problem(SAME, field="file", number=before.number)
    mapping = mapped(draft.columns, standard, dict(before.mapping) if before else {})
    return _keep(source, draft, mapping, standard, new=False)


def mapped(columns: tuple[str, ...], standard: catalogue.Standard, wanted: dict[str, str]) -> dict[str, str]:
    """The column of each field, in the order of the standard.

    Raises:
        Problem: ``source-unmapped``, ``source-column`` or ``source-field``.
    """
    found = wanted or rules.match(columns, standard)
    for field, column in found.items():
        if column not in columns:
            raise Problem(NO_COLUMN, field=field, column=column)
        if standard.field(field) is None:
            raise Problem(NO_FIELD, field=field, name=field)
    if not found:
        raise Problem(UNMAPPED, field="mapping", standard=standard.id)
    return {field.name: found[field.name] for field in standard.fields if field.name in found}


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a source, or of a service of a system.

    Raises:
        Problem: ``invalid`` or ``source-taken``.
    """
    if not _NAME.fullmatch(name):
        raise Problem(INVALID, field="name", name="name", reason="a-z 0-9 -")
    coded = {service.name for service in exchange.registered() if service.listed}
    tables = (Source, SystemService)
    if name in {"new", "services", *coded} or any(each.objects.filter(name=name).exists() for each in tables):
        raise Problem(TAKEN, field="name", name=name)


def _standard(draft: Draft, given: Registration) -> tuple[str, catalogue.Standard]:
    if given.standard:
        found = Source(standard=given.standard)
        return given.standard, queries.standard(found)
    drafted = rules.draft_standard(given.name, given.title, draft.found.columns)
    return catalogue.publish_standard(standard=drafted).identifier, drafted


def _keep(
    source: Source, draft: Draft, mapping: dict[str, str], standard: catalogue.Standard, *, new: bool
) -> SourceVersion:
    """The file first and the row that names it last, so that no version is ever without its file."""
    found = draft.found
    target = queries.file(source, found.sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft.file.replace(target)
    table = catalogue.Table(str(target), mapping)
    digest = _fingerprint(table, standard)
    try:
        with transaction.atomic():
            source.changed = clock.now()
            source.save(force_insert=new)
            version = SourceVersion.objects.create(
                source=source,
                number=1 if new else source.versions.count() + 1,
                digest=found.sha256,
                origin_digest=found.origin_sha256,
                fingerprint=digest.sha256,
                columns=msgspec.to_builtins(found.columns),
                mapping=mapping,
                rows=found.rows,
                size=found.size,
                at=source.changed,
            )
    except IntegrityError as error:
        raise Problem(TAKEN, field="name", name=source.name) from error
    shutil.rmtree(queries.drafts() / draft.id, ignore_errors=True)
    return version


def _fingerprint(table: catalogue.Table, standard: catalogue.Standard) -> catalogue.TableDigest:
    integers, booleans = (tuple(f.name for f in standard.fields if f.type == kind) for kind in ("integer", "boolean"))
    with catalogue.Worker(queries.folder()) as worker:
        return worker.ask(catalogue.Fingerprint(table, integers, booleans), catalogue.TableDigest)
