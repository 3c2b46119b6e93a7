"""`tidewaiter classify`: what goods are; teach it, confirm answers, choose the model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer

APP = typer.Typer(
    invoke_without_command=True,
    help="Say what goods are: HS codes for texts (NDJSON in, NDJSON out), and teach the model.",
)


@APP.callback()
def command(
    context: typer.Context,
    file: Path | None = typer.Option(None, "--file", help="NDJSON, CSV or Parquet; else the pipe."),
    lane: str = typer.Option("EU", "--lane", help="Whose law says what hangs on a code."),
    on: str | None = typer.Option(None, "--on", help="Day whose law applies; default today."),
    model: str = typer.Option("", "--model", help="Another model than the one in force."),
    tariff: Path | None = typer.Option(
        None, "--tariff", help="Pack of national codes; else the kept."
    ),
    outside: str = typer.Option("", "--outside", help="URL of an OpenAI-compatible endpoint."),
    outside_model: str = typer.Option("", "--outside-model", help="Name of the model there."),
) -> None:
    """Classify texts of goods, one JSON object a line; use a subcommand to teach."""
    if context.invoked_subcommand:
        return
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.goods.answering import answer
    from tidewaiter.runtime.goods.reading import read_file, read_lines
    from tidewaiter.runtime.goods.store import knowledge_in_force
    from tidewaiter.runtime.tariff.in_force import pack_on

    if file is None and sys.stdin.isatty():
        typer.echo(context.get_help())
        return
    texts = read_file(file, labelled=False) if file else read_lines(sys.stdin.buffer.read())
    knowledge = knowledge_in_force(lane, model)
    national = adviser = None
    pack = tariff or pack_on(knowledge.regime.jurisdiction, parse_day(on))
    if pack is not None:
        from tidewaiter.runtime.goods.national import national_codes

        national = national_codes(pack, knowledge.nomenclature.words, parse_day(on))
    if outside:
        from tidewaiter.runtime.goods.outside import outside_model as ask_outside

        adviser = ask_outside(outside, outside_model)
    told = answer(texts.rows, knowledge, on=parse_day(on), national=national, adviser=adviser)
    failed = [
        {"id": None, "line": line, "outcome": "rejected", "reason": reason, "candidates": [],
         "questions": []}
        for line, reason in texts.rejected.rows()
    ]  # fmt: skip
    lines = texts.rows["line"].to_list()
    rejected = [one["line"] for one in failed]
    both = sorted(
        [*zip(lines, told, strict=True), *zip(rejected, failed, strict=True)],
        key=lambda pair: pair[0],
    )
    for _, one in both:
        sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")


@APP.command("train")
def train(
    files: list[Path] = typer.Argument(
        help="Verified texts: CSV, NDJSON or Parquet, text and hs6."
    ),
    on: str | None = typer.Option(None, "--on", help="Day of training, for the card."),
    seed: int | None = typer.Option(None, "--seed", help="Seed; default the pack's."),
    keep: bool = typer.Option(False, "--keep", help="Do not put the model in force."),
    as_json: bool = typer.Option(False, "--json", help="Print the card as JSON."),
) -> None:
    """Train a model on the packs, these files and all confirmed answers; put it in force."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.goods.training import train_files

    done = train_files(
        files,
        on=parse_day(on),
        seed=seed,
        use=not keep,
        progress=lambda said: typer.echo(f"  {said}", err=True),
    )
    for name, count in done.rejected.items():
        if count:
            typer.echo(f"{name}: {count:,} rows without text or six digits are left out", err=True)
    if as_json:
        print_json(done.card)
        return
    typer.echo(f"model {done.model.id[:12]} learned from {sum(done.card['examples'].values()):,}")
    for level, right in done.card.get("right_on_held_out", {}).items():
        held = done.card["calibrated_on"]
        typer.echo(f"  HS{level}: {right:.1%} right on {held['texts']:,} texts held out")
    typer.echo(f"{done.path}{'' if keep else ' (in force)'}")


@APP.command("evaluate")
def evaluate(
    file: Path = typer.Argument(help="Labelled texts: CSV, NDJSON or Parquet, text and hs6."),
    lane: str = typer.Option("EU", "--lane", help="Whose law says what hangs on a code."),
    on: str | None = typer.Option(None, "--on", help="Day whose law applies; default today."),
    model: str = typer.Option("", "--model", help="Another model than the one in force."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON for machines."),
) -> None:
    """Measure the model in force on labelled texts."""
    from tidewaiter.cli.verbs.evaluate import classify

    classify(file, lane, on, model, as_json)


@APP.command("confirm")
def confirm(
    file: Path | None = typer.Option(None, "--file", help="Labelled texts to confirm at once."),
    text: str = typer.Option("", "--text", help="What the goods are called."),
    hs6: str = typer.Option("", "--hs6", help="The code that is right."),
    gtin: str | None = typer.Option(None, "--gtin", help="GTIN of the product."),
    product: str | None = typer.Option(None, "--product", help="The shop's product id or SKU."),
    by: str = typer.Option("", "--by", help="Who confirms."),
    authority: str = typer.Option(
        "officer", "--authority", help="trader, broker, officer, ruling."
    ),
    on: str | None = typer.Option(None, "--on", help="When; default today."),
) -> None:
    """Confirm codes: remembered at once, learned from at the next training."""
    import polars as pl

    from tidewaiter.runtime.clock import parse_day
    from tidewaiter.runtime.goods.reading import read_file
    from tidewaiter.runtime.goods.training import confirm_rows
    from tidewaiter.vocabulary.errors import InputError

    if file is not None:
        rows = read_file(file, labelled=True).rows
    elif (text or gtin or product) and hs6:
        one = {"title": text, "description": None, "category_path": None, "brand": None,
               "attributes": None, "gtin": gtin, "product": product,
               "hs6": hs6.replace(".", "").replace(" ", "")[:6]}  # fmt: skip
        rows = pl.DataFrame([one], schema=dict.fromkeys(one, pl.String))
    else:
        raise InputError("nothing to confirm.", remedy="Give --file, or --text and --hs6.")
    new = confirm_rows(rows, by=by, authority=authority, on=parse_day(on))
    typer.echo(f"{new:,} new of {rows.height:,} confirmed")


@APP.command("models")
def models(as_json: bool = typer.Option(False, "--json", help="Print JSON for machines.")) -> None:
    """List the models kept, and which is in force."""
    from tidewaiter.cli.tables import print_json
    from tidewaiter.runtime.goods.store import DEFAULT, model_in_force
    from tidewaiter.runtime.goods.store import models as kept

    cards: list[dict[str, Any]] = kept()
    if as_json:
        print_json(cards)
        return
    typer.echo(f"in force: {model_in_force().id[:12]}")
    for card in cards:
        learned = ", ".join(card["learned_from"]) or "the packs"
        typer.echo(f"{card['id'][:12]}  {card.get('trained_on', '')}  {learned}")
    typer.echo(f"{DEFAULT}  (comes with the packs)")


@APP.command("use")
def use(model: str = typer.Argument(help="Beginning of a model's id, or default.")) -> None:
    """Put another model in force."""
    from tidewaiter.runtime.goods.store import put_in_force

    put_in_force(model)
    typer.echo(f"{model} is in force")
