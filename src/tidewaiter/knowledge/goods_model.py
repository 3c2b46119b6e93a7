"""A model of goods: arrays that turn features of a text into probabilities of subheadings.

One file holds one model: its features, one vector a feature and a subheading (the score is their
product), the examples it learned from (they answer as neighbours), how both are blended, the
calibration, and its card. The id is a digest of all of it, so two models with one id are the same
model; no date is inside, so that training again on the same data gives the same id.

Does not score (see `stages.classify.scoring`) and does not learn (see `stages.classify.fitting`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp

from tidewaiter.knowledge.array_file import Arrays, digest_of, read_arrays, write_arrays
from tidewaiter.knowledge.goods_features import (
    FieldWeights,
    Keys,
    Singles,
    Vocabulary,
    read_texts,
    see,
)
from tidewaiter.knowledge.goods_groups import Groups
from tidewaiter.knowledge.goods_words import GoodsWords, Ints
from tidewaiter.vocabulary.errors import PackError

SHAPE = 1  # of the file; a file of another shape is refused
DEFAULT_FILE = "goods.model"
LEVELS = (6, 4, 2)
CALIBRATORS = 10  # what the calibration looks at, see `stages.classify.scoring.measures_of`
MODEL_BYTES_MAX = 200_000_000
TILE = 64  # classes in a tile, see `GoodsModel.whole_out`
_INT8 = 127.0


@dataclass(frozen=True, slots=True)
class Blend:
    """How neighbours and the model are joined.

    Args:
        neighbours: how many are heard.
        power: their cosine counts to this power.
        share: weight of the neighbours at cosine 0 and
        share_near: at cosine 1; between them linear.
        temperature: the model's scores are divided by this.
    """

    neighbours: int
    power: float
    share: float
    share_near: float
    temperature: float


@dataclass(frozen=True)
class GoodsModel:
    """One model.

    Args:
        classes: the subheadings it can answer, sorted.
        vocabulary: its features.
        embed: features x dimensions.
        out: dimensions x classes.
        bias: per class.
        examples: frame `text, source` of the texts it learned from, with `code` (position in
            `classes`) and `weight`.
        fields: loudness by field.
        blend: how neighbours and model are joined.
        calibration: per level of `LEVELS` the `CALIBRATORS` coefficients of a logistic map.
        card: what it is: edition, digests of what it learned from, counts, settings, measures.
    """

    classes: pl.Series
    vocabulary: Vocabulary
    embed: Singles
    out: Singles
    bias: Singles
    examples: pl.DataFrame
    fields: FieldWeights
    blend: Blend
    calibration: dict[int, tuple[float, ...]]
    card: dict[str, Any]

    @cached_property
    def id(self) -> str:
        """Digest over everything, 64 hex digits."""
        return digest_of(_arrays(self), _meta(self))

    @cached_property
    def whole_out(self) -> tuple[Singles, Singles, Singles]:
        """`out` as whole numbers from -127 to 127, in tiles, and the scale of each class.

        Tiles x dimensions x `TILE` classes, and the classes left over: products of this size a
        library does at once; larger ones it would share out among processors others are busy on.
        """
        packed, scale = pack_rows(np.ascontiguousarray(self.out.T))
        whole = packed.T.astype(np.float32)
        tiles = whole.shape[1] // TILE
        tiled = whole[:, : tiles * TILE].reshape(len(whole), tiles, TILE).transpose(1, 0, 2)
        return (
            np.ascontiguousarray(tiled),
            np.ascontiguousarray(whole[:, tiles * TILE :]),
            scale.astype(np.float32),
        )

    @cached_property
    def codes(self) -> Ints:
        """Each class as a number."""
        return self.classes.cast(pl.Int64).to_numpy()

    @cached_property
    def groups(self) -> Groups:
        """The headings and chapters of the classes."""
        return Groups.of_classes(self.codes // 100, self.codes // 10_000)

    def neighbours(self, words: GoodsWords) -> sp.csc_matrix:
        """Give the examples as features x examples (words and pairs only); built once."""
        found: sp.csc_matrix | None = self.__dict__.get("_neighbours")
        if found is None:
            read = read_texts(self.examples["text"], words, self.fields)
            found = see(read, self.vocabulary).words.T.tocsr()
            self.__dict__["_neighbours"] = found
        return found

    def with_examples(self, more: pl.DataFrame, words: GoodsWords) -> GoodsModel:
        """Give the model with more examples as neighbours; those it has already are not repeated.

        Words it has never met get a place, so that they can be met again; they say nothing of the
        score until a training has learned from them.

        Args:
            more: frame `text, hs6, weight, source`.
            words: reading lists.
        """
        code = self.positions(more["hs6"])
        kinds = dict.fromkeys([*_kinds(self.examples), *more["source"].to_list()])
        sources = pl.Enum(list(kinds))
        new = (
            more.with_columns(pl.Series("code", code))
            .filter(pl.col("code") >= 0)
            .join(self.examples.select("text", "code"), on=["text", "code"], how="anti")
            .select("text", "code", pl.col("weight").cast(pl.Float32), "source")
        )
        old = self.examples.with_columns(pl.col("source").cast(pl.String))
        both = pl.concat([old.select(new.columns), new])
        read = read_texts(new["text"], words, self.fields)
        keys = np.concatenate([read.keys, read.pair])
        rarity = float(self.vocabulary.rarity.max(initial=1.0))
        vocabulary, place = self.vocabulary.with_words(keys, rarity)
        embed = np.zeros((len(vocabulary), self.embed.shape[1]), np.float32)
        embed[place] = self.embed
        return replace(
            self,
            vocabulary=vocabulary,
            embed=embed,
            examples=both.with_columns(pl.col("source").cast(sources)),
        )

    def positions(self, codes: pl.Series) -> Ints:
        """Give the position of each subheading in `classes`; -1 where it is not there or null."""
        at = self.classes.search_sorted(codes.fill_null("")).to_numpy().astype(np.int64)
        within = np.minimum(at, len(self.classes) - 1)
        known = (self.classes.gather(within) == codes).fill_null(value=False).to_numpy()
        return np.where(known, within, -1)


def load_default_model(packs_dir: Path) -> GoodsModel:
    """Read the model that comes with the packs (`models/goods.model`); kept in memory.

    Raises:
        PackError: it is missing or damaged.
    """
    path = packs_dir / "models" / DEFAULT_FILE
    if not path.is_file():
        raise PackError([f"models/{DEFAULT_FILE} is missing; make it with `./dev model`"])
    return _read_default(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read_default(path: Path, _changed: int) -> GoodsModel:
    return from_bytes(path.read_bytes(), name=path.name)


def to_bytes(model: GoodsModel) -> bytes:
    """Write a model; the same model gives the same bytes."""
    return write_arrays(_arrays(model), _meta(model))


def from_bytes(data: bytes, *, name: str = "model") -> GoodsModel:
    """Read a model.

    Args:
        data: what `to_bytes` wrote.
        name: how to call it in an error.

    Raises:
        InputError: not a model, of another shape, or damaged.
    """
    arrays, meta = read_arrays(
        data,
        shape=SHAPE,
        bytes_max=MODEL_BYTES_MAX,
        name=name,
        kind="a model of goods",
        remedy="Give a file written by `tidewaiter classify train`, or train anew.",
    )
    return _build(arrays, meta)


def pack_rows(matrix: Singles) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Give a matrix as 8-bit whole numbers and one scale a row."""
    scale = np.maximum(np.abs(matrix).max(axis=1, initial=0.0), 1e-12) / _INT8
    scale = scale.astype(np.float16).astype(np.float32)
    scale = np.where(scale > 0, scale, np.float32(6.2e-05))
    whole = np.clip(np.rint(matrix / scale[:, None]), -_INT8, _INT8).astype(np.int8)
    return whole, scale.astype(np.float16)


def unpack_rows(whole: np.ndarray[Any, Any], scale: np.ndarray[Any, Any]) -> Singles:
    """Undo `pack_rows`."""
    return whole.astype(np.float32) * scale.astype(np.float32)[:, None]


def _arrays(model: GoodsModel) -> Arrays:
    embed, embed_scale = pack_rows(model.embed)
    out, out_scale = pack_rows(np.ascontiguousarray(model.out.T))
    texts = model.examples["text"].str.join("\n").item() if model.examples.height else ""
    return {
        "classes": model.classes.cast(pl.UInt32).to_numpy(),
        "keys": model.vocabulary.keys,
        "rarity": model.vocabulary.rarity.astype(np.float16),
        "embed": embed,
        "embed_scale": embed_scale,
        "out": out,
        "out_scale": out_scale,
        "bias": model.bias.astype(np.float32),
        "texts": np.frombuffer(texts.encode(), np.uint8),
        "code": model.examples["code"].to_numpy().astype(np.uint16),
        "weight": model.examples["weight"].to_numpy().astype(np.float16),
        "source": model.examples["source"].to_physical().to_numpy().astype(np.uint8),
    }


def _kinds(examples: pl.DataFrame) -> list[str]:
    """Give the names of the sources of examples."""
    kinds = examples.schema["source"]
    return kinds.categories.to_list() if isinstance(kinds, pl.Enum) else []


def _meta(model: GoodsModel) -> str:
    return json.dumps(
        {
            "shape": SHAPE,
            "words": model.vocabulary.words,
            "fields": asdict(model.fields),
            "blend": asdict(model.blend),
            "calibration": {str(level): list(c) for level, c in model.calibration.items()},
            "sources": _kinds(model.examples),
            "card": model.card,
        },
        sort_keys=True,
        ensure_ascii=False,
    )


def _build(arrays: Arrays, meta: dict[str, Any]) -> GoodsModel:
    texts = arrays["texts"].tobytes().decode()
    listed = pl.Series("text", texts.split("\n") if texts else [], dtype=pl.String)
    code = pl.Series("code", arrays["code"]).cast(pl.Int64)
    sources = pl.Enum(meta["sources"])
    examples = pl.DataFrame(
        {
            "text": listed,
            "code": code,
            "weight": pl.Series(arrays["weight"].astype(np.float32)),
            "source": pl.Series(meta["sources"], dtype=pl.String)
            .gather(arrays["source"])
            .cast(sources),
        }
    )
    keys: Keys = arrays["keys"].astype(np.uint32)
    rarity = arrays["rarity"].astype(np.float32)
    return GoodsModel(
        classes=pl.Series(arrays["classes"]).cast(pl.String).str.zfill(6),
        vocabulary=Vocabulary(keys, rarity, int(meta["words"])),
        embed=unpack_rows(arrays["embed"], arrays["embed_scale"]),
        out=np.ascontiguousarray(unpack_rows(arrays["out"], arrays["out_scale"]).T),
        bias=arrays["bias"],
        examples=examples,
        fields=FieldWeights(**meta["fields"]),
        blend=Blend(**meta["blend"]),
        calibration={int(k): tuple(v) for k, v in meta["calibration"].items()},
        card=meta["card"],
    )
