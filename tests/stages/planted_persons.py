"""A planted world of households: who really ordered, and how each order writes name and address.

Used by the tests and the bench of `link`. Names are partly known ones, partly made of syllables
that no list has. Households hold one person, a family (one surname, perhaps one initial), twins
(given names one letter apart) or flatmates. Writers vary case, order, titles, initials, particles,
designators, punctuation, and err in letters and numbers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from tidewaiter.vocabulary.batch import Batch, conform


def _words(text: str) -> list[str]:
    return text.split(",") if "," in text else text.split()


GIVEN = _words(
    "John Omar Olga Priya Wei Fatima Arjun Hessa Latifa Kofi Anna Ravi Deepa Samuel Ruth Maria Jose "
    "Chen Yusuf Aisha Imran Pavel Grace Noura Khalid Mariam Zainab Bilal Anil Leila Ingrid Tomasz "
    "Benedikt Oluwaseun Thandiwe Siobhan Xiomara Kaveh Dorottya Eleftheria Nguyet Mihai Tatyana"
)
TWINS = (
    ("Sara", "Sana"), ("Amir", "Amin"), ("Hana", "Hala"), ("Lina", "Lila"), ("Jan", "Jana"),
    ("Rami", "Sami"), ("Maryna", "Maryla"), ("Kerstin", "Kerstan"), ("Doralu", "Doramu"),
)  # fmt: skip
SURNAMES = _words(
    "Okafor,Khan,Chowdhury,Wang,Cruz,Mensah,Ivanov,Thomas,Al Nuaimi,Al Mazrouei,Fernandes,Petrov,"
    "Patel,Sharma,Haddad,Rahman,Santos,Reyes,Nair,Al Ketbi,Mathew,George,van Dijk,de Souza,"
    "O'Brien,Schmidt,Kowalski,Nakamura,Adeyemi,Papadopoulos,Lindqvist,Szabo"
)
STREETS = _words(
    "Corniche Road,Hamdan Street,Muroor Road,Electra Street,Al Falah Street,Khalifa City A,"
    "Khalifa City B,Al Raha Beach,Yas Island,Mussafah M14,Airport Road,Delma Street,Zayed Street,"
    "Najda Street,Salam Street,Defence Road"
)
SYLLABLES = _words("ba ko ri ta mu le sha no vi den gar pel zu fi ral mon tes ku wa lin")
ROLES = ("single", "family", "flatmates", "twins")


@dataclass(frozen=True)
class World:
    """A batch ready for `link`, and the truth: `consignment_id, person, day`."""

    batch: Batch
    truth: pl.DataFrame


def planted(
    seed: int, persons: int, *, days: int = 28, exact_share: float = 0.3, orders: float = 2.0
) -> World:
    """Make a world.

    Args:
        seed: of the random source.
        persons: how many people live in it.
        days: days they order on.
        exact_share: share of persons who always write alike.
        orders: orders a person-day has on the average (one person-day each, some more).
    """
    rng = np.random.default_rng(seed)
    people = _people(rng, persons)
    n_days = 1 + (rng.random(persons) < 0.2)
    who = np.repeat(np.arange(persons), n_days)
    day = rng.integers(0, days, who.size)
    times = 1 + rng.poisson(orders - 1, who.size)
    who, day = np.repeat(who, times), np.repeat(day, times)
    careful = rng.random(persons) < exact_share
    names, addresses = _written(rng, people, who, careful)
    shuffled = rng.permutation(who.size)
    frame = pl.DataFrame(
        {
            "person": who,
            "day": pl.Series(day),
            "name": names,
            "address": addresses,
        }
    )[shuffled].with_columns(
        (pl.lit(dt.date(2026, 1, 5)) + pl.duration(days="day")).alias("day"),
        pl.format("P{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(8)).alias(
            "consignment_id"
        ),
    )
    consignments = frame.select(
        "consignment_id", contribution_id="consignment_id", ordered_day="day"
    )
    parties = frame.select(
        "consignment_id", "name", "address", contribution_id="consignment_id", role=pl.lit("buyer")
    )
    batch = Batch(
        consignments=conform(consignments, "consignments", ("formats", "check")),
        parties=conform(parties, "parties", ("formats", "check")),
    )
    return World(batch, frame.select("consignment_id", "person", "day"))


def scores(linked: Batch, truth: pl.DataFrame) -> dict[str, float]:
    """Give precision, recall and F1 over pairs of parcels of one day and one person."""
    keyed = truth.join(
        linked.consignments.select("consignment_id", "person_key"), on="consignment_id"
    )

    def pairs(*by: str) -> int:
        size = keyed.group_by("day", *by).len()["len"].cast(pl.Int64)
        return int((size * (size - 1) // 2).sum())

    both, true, said = pairs("person", "person_key"), pairs("person"), pairs("person_key")
    precision, recall = both / max(said, 1), both / max(true, 1)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
    }


def _people(rng: np.random.Generator, persons: int) -> list[tuple[str, str, int, int, str]]:
    people: list[tuple[str, str, int, int, str]] = []
    while len(people) < persons:
        role = ROLES[int(rng.choice(4, p=(0.7, 0.15, 0.1, 0.05)))]
        door, building = int(rng.integers(1, 990)), int(rng.integers(1, 400))
        street = STREETS[int(rng.integers(len(STREETS)))]
        surname = _surname(rng)
        if role == "twins":
            given = list(TWINS[int(rng.integers(len(TWINS)))])
        else:
            size = 1 if role == "single" else int(rng.integers(2, 5))
            given = [_given(rng) for _ in range(size)]
        for name in dict.fromkeys(given):
            people.append((name, surname, door, building, street))
            if role == "flatmates":
                surname = _surname(rng)
    return people[:persons]


def _given(rng: np.random.Generator) -> str:
    if rng.random() < 0.6:
        return GIVEN[int(rng.integers(len(GIVEN)))]
    return "".join(rng.choice(SYLLABLES, int(rng.integers(2, 4)))).title()


def _surname(rng: np.random.Generator) -> str:
    if rng.random() < 0.6:
        return SURNAMES[int(rng.integers(len(SURNAMES)))]
    return "".join(rng.choice(SYLLABLES, int(rng.integers(2, 5)))).title()


def _written(
    rng: np.random.Generator,
    people: list[tuple[str, str, int, int, str]],
    who: np.ndarray,
    careful: np.ndarray,
) -> tuple[list[str], list[str]]:
    dice = rng.random((who.size, 4))
    names, addresses = [], []
    for row, person in enumerate(who):
        given, surname, door, building, street = people[person]
        if careful[person]:
            names.append(f"{given} {surname}")
            addresses.append(f"Flat {door}, Building {building}, {street}, Abu Dhabi")
            continue
        names.append(_name(rng, given, surname, dice[row]))
        addresses.append(_address(rng, (door, building, street), dice[row]))
    return names, addresses


def _name(rng: np.random.Generator, given: str, surname: str, dice: np.ndarray) -> str:
    if dice[0] < 0.08:
        given = f"{given[0]}."
    elif dice[0] < 0.16:
        surname = _typo(rng, surname)
    elif dice[0] < 0.20:
        given = _typo(rng, given)
    elif dice[0] < 0.25:
        surname = surname.replace(" ", "")
    if dice[1] < 0.1:
        return f"{surname}, {given}"
    if dice[1] < 0.2:
        return f"{surname} {given}"
    if dice[1] < 0.27:
        return f"{given} {surname}".upper()
    return f"Mr {given} {surname}" if dice[1] < 0.32 else f"{given} {surname}"


def _address(rng: np.random.Generator, place: tuple[int, int, str], dice: np.ndarray) -> str:
    door, building, street = place
    number = str(building)
    if dice[2] < 0.03 and len(number) == 3:
        number = _swap(number, int(rng.integers(2)))
    flat = "Apt" if dice[2] > 0.9 else "Flat"
    block = "Bldg" if 0.8 < dice[2] < 0.9 else "Building"
    if 0.6 < dice[2] < 0.7:
        street = street.replace("Road", "Rd").replace("Street", "St")
    text = f"{flat} {door}, {block} {number}, {street}, Abu Dhabi"
    if dice[3] < 0.08:
        return text.upper()
    if dice[3] < 0.16:
        return text.replace(",", "")
    if dice[3] < 0.2:
        return text.removesuffix(", Abu Dhabi")
    return f"{text}  " if dice[3] < 0.24 else text


def _typo(rng: np.random.Generator, word: str) -> str:
    letters = word.replace(" ", "")
    if len(letters) < 5:
        return _swap(word, len(word) - 2)
    at = int(rng.integers(1, len(word) - 1))
    kind = rng.random()
    if kind < 0.5:
        return _swap(word, at)
    if kind < 0.8:
        return word[:at] + word[at + 1 :]
    return word[:at] + "aeiostnr"[int(rng.integers(8))] + word[at + 1 :]


def _swap(word: str, at: int) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
