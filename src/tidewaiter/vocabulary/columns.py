"""Every column of the house, declared once: dtype, unit, owner, meaning, standard's element.

API schema, reference pages, CSV headers and empty frames are generated from `FRAMES`. Habits:

- `<field>_text` is what the sender wrote, untouched; formats give it. `<field>` without the suffix
  is its reading (typed, repaired where possible), given by `check`. Declared text is never
  overwritten; each repair also stands in the `repairs` frame.
- Money is `Decimal` with a currency column beside it, mass is grams, times are UTC, codes are
  text. Confidences are floats; nothing that is owed ever is.
- Personal data stands in `parties` and nowhere else; other frames know a person by `person_key`.

Element names: WCO = WCO Data Model 3.x class/attribute id as used in the UK/EU DMS declarations,
UPU = element of an ITMATT-shaped postal item, EU = data element of UCC-DA Annex B.
A table, so it may be longer than other modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

DType: TypeAlias = pl.DataType | type[pl.DataType]

TEXT = pl.String()
MONEY = pl.Decimal(38, 6)
MASS = pl.Decimal(38, 3)
NUMBER = pl.Int64()
SHARE = pl.Float64()
FLAG = pl.Boolean()
TIME = pl.Datetime("us", "UTC")
DAY = pl.Date()
TEXTS = pl.List(pl.String())
CANDIDATES = pl.List(pl.Struct({"hs6": pl.String(), "probability": pl.Float64()}))
DRAWN = pl.List(
    pl.Struct(
        {"type_code": TEXT, "number": TEXT, "issuer": TEXT, "quantity": MASS, "unit": TEXT},
    )
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Args:
        name: the column's name.
        dtype: its Polars dtype.
        owner: who gives it: `formats`, or the stage that adds it.
        meaning: one sentence, with the unit if it has one.
        element: the element of a standard it stands for, if any.
    """

    name: str
    dtype: pl.DataType
    owner: str
    meaning: str
    element: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a batch: its key, its columns, what one row is."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column name to dtype, in declared order."""
        return {column.name: column.dtype for column in self.columns}


def _rows(owner: str, *rows: tuple[str, pl.DataType, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, dtype, owner, meaning, el) for name, dtype, meaning, el in rows)


_KEYS = (
    ("consignment_id", TEXT, "the parcel; the sender's own id until `fuse` finds one truth", ""),
    ("contribution_id", TEXT, "which message said this row (the main one after `fuse`)", ""),
)

CONSIGNMENTS = Frame(
    "consignments",
    "one parcel at house level (before `fuse`: one party's view of it)",
    ("consignment_id", "contribution_id"),
    _rows(
        "formats",
        *_KEYS,
        ("order_id", TEXT, "the shop's or platform's order number", "WCO D026 (as reference)"),
        ("payment_id", TEXT, "reference of the payment", ""),
        ("tracking_id", TEXT, "postal item id (S10) or carrier's number", "UPU ITEM_ID; EU 12 05"),
        ("house_document", TEXT, "house waybill or previous document id", "WCO 67A/99A/D018"),
        ("house_document_type", TEXT, "its type code", "WCO 67A/99A/D019"),
        ("house_document_category", TEXT, "its category code (X, Y, Z)", "WCO 67A/99A/D031"),
        ("master_document", TEXT, "master waybill", "EU 12 05 master level"),
        ("declaration_ref", TEXT, "local reference number of the declaration", "WCO D026 (LRN)"),
        ("entry_number", TEXT, "entry or movement reference number given by customs", "MRN"),
        ("ucr", TEXT, "unique consignment reference", "EU 12 08"),
        ("receptacle_id", TEXT, "bag or container the item travels in", "UPU S9"),
        ("message_function", TEXT, "original, replace, cancel, as coded by the sender", "WCO 017"),
        ("declaration_type", TEXT, "type of declaration, such as IMA, IMD, ITMATT", "WCO D013"),
        ("ordered_at_text", TEXT, "when the order was placed, as written", ""),
        ("message_at_text", TEXT, "when the message was issued, as written", "WCO D011"),
        ("loading_at_text", TEXT, "when loaded for the main leg, as written", ""),
        ("arrival_at_text", TEXT, "when (expected to be) at the place of entry, as written", ""),
        ("country_departure_text", TEXT, "country of dispatch, as written", "UPU ORIGPOST"),
        ("country_destination_text", TEXT, "country of destination, as written", "UPU DESTPOST"),
        ("route_text", TEXT, "countries passed through, in order, as written", "WCO Itinerary"),
        ("transport_mode_text", TEXT, "mode of transport at the border, as written", "WCO T022"),
        ("mail_class", TEXT, "mail class or handling class", "UPU MAIL_CLASS_CD"),
        ("nature_text", TEXT, "nature of transaction, as written", "UPU NATURE_TYPE_CD; WCO 103"),
        ("incoterm", TEXT, "terms of delivery", "WCO 60A/L015"),
        ("gross_mass_text", TEXT, "gross mass of the parcel, as written", "UPU GROSS_WT; WCO 131"),
        ("gross_mass_unit", TEXT, "its unit, as written (kg, g, oz, lb, KGM)", ""),
        ("total_value_text", TEXT, "total declared value, as written", "UPU TOT_DECL_VAL; WCO 109"),
        ("total_currency_text", TEXT, "its currency, as written", ""),
        ("freight_text", TEXT, "postage or freight, as written", "UPU POSTAGE_AMT; WCO 41A/117"),
        ("freight_currency_text", TEXT, "its currency, as written", ""),
        ("insurance_text", TEXT, "cost of insurance, as written", "WCO 41A/117"),
        ("insurance_currency_text", TEXT, "its currency, as written", ""),
        ("insured_text", TEXT, "insured value, as written", "UPU INS_VAL"),
        ("insured_currency_text", TEXT, "its currency, as written", ""),
        ("item_count_text", TEXT, "number of goods items said to be in the parcel", "WCO 131/228"),
        ("package_count_text", TEXT, "number of packages, as written", "WCO 146"),
        ("dimensions_text", TEXT, "length x width x height and unit, as written", "UPU L, W, H"),
        ("fiscal_reference", TEXT, "IOSS or other tax identification", "WCO 67A/55B/R119"),
        ("fiscal_role", TEXT, "role of that identification (FR1..FR7)", "WCO 67A/55B/R005"),
        ("representative_status", TEXT, "kind of representation", "WCO 05A/102"),
        ("scheme_text", TEXT, "way of collection asked for (ioss, special, voec), as written", ""),
        ("channel_text", TEXT, "post, express or other: how it is cleared, as written", ""),
        ("business_text", TEXT, "b2c, b2b or c2c, as written", ""),
        ("goods_location", TEXT, "place of the goods or port of entry", "WCO 28A/64A/L016"),
        ("customs_office", TEXT, "customs office addressed", "WCO 065"),
        ("known_carrier_customer", FLAG, "filer vouches for the carrier's customer", "321 pilot"),
        ("known_marketplace_seller", FLAG, "filer vouches for the marketplace seller", "321 pilot"),
        ("security_scan", FLAG, "filer says the parcel was scanned", "321 pilot"),
        ("documents", TEXT, "papers named by the sender, as a JSON list", "WCO 67A/02A"),
        ("unread", TEXT, "what no column stands for, as a JSON object", ""),
    )
    + _rows(
        "check",
        ("ordered_at", TIME, "when the order was placed (UTC)", ""),
        ("ordered_day", DAY, "calendar day of the order as the sender's clock had it", ""),
        ("message_at", TIME, "when the message was issued (UTC)", "WCO D011"),
        ("loading_at", TIME, "when loaded for the main leg (UTC)", ""),
        ("arrival_at", TIME, "when (expected) at the place of entry (UTC)", ""),
        ("country_departure", TEXT, "ISO 3166-1 alpha-2", ""),
        ("country_destination", TEXT, "ISO 3166-1 alpha-2", ""),
        ("transport_mode", TEXT, "sea, rail, road, air, post, pipeline, water, other", "UNECE R19"),
        ("nature", TEXT, "sale, gift, documents, sample, returned, other", "UPU list 136"),
        ("gross_mass_g", MASS, "gross mass in grams", ""),
        ("total_value", MONEY, "total declared value in `total_currency`", ""),
        ("total_currency", TEXT, "ISO 4217", ""),
        ("freight", MONEY, "postage or freight in `freight_currency`", ""),
        ("freight_currency", TEXT, "ISO 4217", ""),
        ("insurance", MONEY, "cost of insurance in `insurance_currency`", ""),
        ("insurance_currency", TEXT, "ISO 4217", ""),
        ("item_count", NUMBER, "number of goods items said to be in the parcel", ""),
        ("quality", NUMBER, "data quality of the message, 0-100", "WCO-UPU"),
        ("quality_timeliness", NUMBER, "0-100; null where no deadline can be judged", "WCO-UPU"),
        ("quality_accuracy", NUMBER, "0-100", "WCO-UPU"),
        ("quality_completeness", NUMBER, "0-100", "WCO-UPU"),
        ("quality_consistency", NUMBER, "0-100", "WCO-UPU"),
    )
    + _rows(
        "fuse",
        ("views", TEXTS, "which views were fused, sorted (order, postal, ...)", ""),
        ("contribution_ids", TEXTS, "the messages fused into this parcel", ""),
        ("match_confidence", SHARE, "how sure that these messages are one parcel, 0-1", ""),
    )
    + _rows(
        "link",
        ("person_key", TEXT, "the person importing (pseudonym; same person, same key)", ""),
        ("person_match", TEXT, "exact, similar or single: what joined the orders of the day", ""),
    )
    + _rows(
        "charge",
        ("channel", TEXT, "post, express or other", ""),
        ("business", TEXT, "b2c, b2b or c2c", ""),
        ("scheme", TEXT, "way of collection, as the regime names it", ""),
        ("debtor", TEXT, "who owes under that scheme", ""),
        ("customs_value", MONEY, "sum of the items' customs values in `currency`", "WCO 108"),
        ("currency", TEXT, "ISO 4217 of the amounts owed", ""),
        ("person_day_total", MONEY, "all the person's orders of that day, in `currency`", ""),
        ("person_day_orders", NUMBER, "number of the person's orders on that day", ""),
        ("split", FLAG, "day total over the limit though no single order is", ""),
        ("duty", MONEY, "customs duty of the parcel in `currency`", ""),
        ("tax", MONEY, "VAT, GST or sales tax in `currency`", ""),
        ("fee", MONEY, "fees in `currency`", ""),
        ("owed_high", MONEY, "most that can be owed in all; null where nobody can say", ""),
        ("charge_state", TEXT, "exact, bounded or undetermined", ""),
        ("charge_explanation", TEXT, "the calculation as a sentence", ""),
    )
    + _rows(
        "decide",
        ("decision", TEXT, "release, ask, hold, examine or refuse", ""),
    ),
)

GOODS_ITEMS = Frame(
    "goods_items",
    "one declared line of a parcel",
    ("consignment_id", "contribution_id", "item_no"),
    _rows(
        "formats",
        *_KEYS,
        ("item_no", pl.Int32(), "number of the line within the parcel, from 1", "WCO 006"),
        ("title", TEXT, "short name in the shop", ""),
        ("description_text", TEXT, "description of the goods, as written", "WCO 23A/137; CP_DESC"),
        ("category_path", TEXT, "category path of the marketplace", ""),
        ("brand", TEXT, "brand", ""),
        ("maker_name", TEXT, "manufacturer as named on the line", ""),
        ("product_id", TEXT, "the shop's or platform's product id", ""),
        ("sku", TEXT, "stock keeping unit", ""),
        ("gtin_text", TEXT, "standardised manufacturer identifier (EAN/UPC), as written", "GS1"),
        ("merchant_product_id", TEXT, "merchant identifier of the product", "IR (EU) 2026/1200"),
        ("manufacturer_product_id", TEXT, "non-standard manufacturer identifier", "as above"),
        ("listing_url", TEXT, "where the goods are offered", ""),
        ("image_url", TEXT, "picture", ""),
        ("hs_code_text", TEXT, "declared tariff code, as written", "WCO 21A/145; CP_HS"),
        ("hs_code_type", TEXT, "code list it is from (TSP, HS, HTS)", "WCO 21A/337"),
        ("tariff_rate_text", TEXT, "normal duty rate as the sender gives it", ""),
        ("declared_facts", TEXT, "facts told, as a JSON object (usmca_qualifying: true)", ""),
        ("quantity_text", TEXT, "number of units, as written", "UPU CP_NOU"),
        ("quantity_unit", TEXT, "its unit, as written", ""),
        ("package_count_text", TEXT, "number of packages of this line", "WCO 93A/144"),
        ("net_mass_text", TEXT, "net mass, as written", "UPU CP_NETWT; WCO 65A/128"),
        ("gross_mass_text", TEXT, "gross mass, as written", "WCO 65A/126"),
        ("mass_unit", TEXT, "unit of both, as written", ""),
        ("mass_basis", TEXT, "total, unit or unknown: what the mass is of", ""),
        ("declared_value_text", TEXT, "declared value, as written", "WCO 108; UPU CP_AMT"),
        ("declared_currency_text", TEXT, "its currency, as written", "UPU CP_CURRCD"),
        ("value_basis", TEXT, "total, unit or unknown: what the value is of", ""),
        ("country_origin_text", TEXT, "country of origin, as written", "WCO 92A/063"),
        ("cus_code", TEXT, "customs union and statistics number of chemicals", "EU 18 08"),
        ("procedure_codes", TEXT, "procedure codes in order, blank between", "WCO 70A/166, 161"),
        ("documents", TEXT, "papers named for this line, as a JSON list", "WCO 02A"),
        ("unread", TEXT, "what no column stands for, as a JSON object", ""),
    )
    + _rows(
        "check",
        ("description", TEXT, "description read for use: cleaned, filler removed", ""),
        ("description_quality", TEXT, "specific, ask (several headings) or vague", "ICS2; CBP"),
        ("hs_code", TEXT, "declared tariff code, digits only", ""),
        ("gtin", TEXT, "valid GTIN padded to 14 digits", "GS1"),
        ("quantity", pl.Decimal(38, 3), "number of units", ""),
        ("net_mass_g", MASS, "net mass of the whole line in grams", ""),
        ("gross_mass_g", MASS, "gross mass of the whole line in grams", ""),
        ("declared_value", MONEY, "declared value of the whole line, `declared_currency`", ""),
        ("declared_currency", TEXT, "ISO 4217", ""),
        ("country_origin", TEXT, "ISO 3166-1 alpha-2", ""),
    )
    + _rows(
        "classify",
        ("hs6", TEXT, "best HS subheading", ""),
        ("hs6_confidence", SHARE, "calibrated probability that it is right, 0-1", ""),
        ("hs6_source", TEXT, "verified, declared, declared+words, words: what it rests on", ""),
        ("hs6_candidates", CANDIDATES, "best candidates, most probable first", ""),
        ("hs6_evidence", TEXT, "the words that decided, or who confirmed it", ""),
        ("hs6_novelty", SHARE, "how unlike anything known: 1 less the best cosine", ""),
        ("hs6_outcome", TEXT, "cheapest way to answer: accept, heading, ask or person", ""),
        ("hs6_question", TEXT, "the question that would decide, with its answers", ""),
        ("hs6_duty_low", SHARE, "least duty over the candidates, percent", ""),
        ("hs6_duty_high", SHARE, "greatest duty over the candidates, percent", ""),
        ("insufficient_description", FLAG, "the text is not enough for a code", ""),
    )
    + _rows(
        "charge",
        ("customs_value", MONEY, "customs value of the line in `currency`", "WCO 108"),
        ("currency", TEXT, "ISO 4217 of the amounts owed", ""),
        ("duty_rate_percent", pl.Decimal(38, 6), "ad valorem duty rate, percent", ""),
        ("duty", MONEY, "customs duty of the line in `currency`; the least where not exact", ""),
        ("duty_high", MONEY, "most duty the line can owe; null where nobody can say", ""),
        ("tax", MONEY, "VAT, GST or sales tax of the line in `currency`", ""),
    )
    + _rows(
        "restrict",
        ("controls", TEXTS, "ids of the controls that apply", ""),
        ("action", TEXT, "the strictest control's action in the pack's words", ""),
        ("control_reasons", TEXTS, "why each control applies, or why it was set aside", ""),
        ("agencies", TEXTS, "agencies that have a say, by the controls that apply", ""),
        ("documents_needed", TEXTS, "papers asked for; alternatives with `or`", "WCO D006"),
        ("certificates_used", DRAWN, "what the line draws on certificates in the register", ""),
    ),
)

PARTIES = Frame(
    "parties",
    "one role in a parcel; all personal data is here",
    ("consignment_id", "contribution_id", "role"),
    _rows(
        "formats",
        *_KEYS,
        ("role", TEXT, "seller, platform, consignor, consignee, buyer, maker, ...", "WCO R005"),
        ("name", TEXT, "name", "WCO R037; an..70"),
        ("company", TEXT, "company, if given beside a name", ""),
        ("address", TEXT, "whole address on one line, where it came so", ""),
        ("street", TEXT, "street and number", "WCO 04A/239"),
        ("street_extra", TEXT, "further address line", ""),
        ("city", TEXT, "city", "WCO 04A/241"),
        ("region", TEXT, "state or province", "WCO 04A/243"),
        ("postcode", TEXT, "postal code", "WCO 04A/245"),
        ("country_text", TEXT, "country, as written", "WCO 04A/242"),
        ("email", TEXT, "e-mail", ""),
        ("phone", TEXT, "phone", ""),
        ("id_number", TEXT, "EORI or other customs identification", "WCO R038, R031"),
        ("id_type", TEXT, "kind of that number", ""),
        ("tax_id", TEXT, "tax identification", ""),
        ("account", TEXT, "account with platform or carrier", ""),
        ("person_type", TEXT, "natural, legal, association, as coded", "EU CL729"),
        ("unread", TEXT, "what no column stands for, as a JSON object", ""),
    )
    + _rows(
        "check",
        ("country", TEXT, "ISO 3166-1 alpha-2", ""),
    )
    + _rows(
        "link",
        ("party_key", TEXT, "the party, under a pseudonym", ""),
    ),
)

CONTRIBUTIONS = Frame(
    "contributions",
    "one message of one party about one parcel",
    ("contribution_id",),
    _rows(
        "formats",
        ("contribution_id", TEXT, "format and content digest: the same content, the same id", ""),
        ("consignment_id", TEXT, "the parcel it speaks of, in the sender's id", ""),
        ("format", TEXT, "format it came in", ""),
        ("view", TEXT, "order, payment, transport, postal or declaration", ""),
        ("sender", TEXT, "who said it, as far as the message tells", ""),
        ("source", TEXT, "name of the file or request", ""),
        ("position", NUMBER, "line or element number within the source, from 1", ""),
        ("message_id", TEXT, "the sender's message id", ""),
        ("said_at_text", TEXT, "when it was said, as written", ""),
    ),
)

FINDINGS = Frame(
    "findings",
    "one thing found wrong or remarkable; append-only",
    (),
    _rows(
        "every stage",
        *_KEYS,
        ("item_no", pl.Int32(), "the line it is about, if one", ""),
        ("stage", TEXT, "who found it", ""),
        ("code", TEXT, "code of the rule (see the findings pages)", ""),
        ("severity", TEXT, "note, warn, suspicious, ask or reject", ""),
        ("field", TEXT, "frame.column it is about", ""),
        ("seen", TEXT, "what was seen", ""),
        ("detail", TEXT, "what makes this case special: figures, other side's value", ""),
    ),
)

REPAIRS = Frame(
    "repairs",
    "one reading that differs from what was declared",
    (),
    _rows(
        "check",
        *_KEYS,
        ("item_no", pl.Int32(), "the line it is about, if one", ""),
        ("role", TEXT, "the party it is about, if one", ""),
        ("field", TEXT, "frame.column that was repaired", ""),
        ("declared", TEXT, "as written", ""),
        ("repaired", TEXT, "as read", ""),
        ("source", TEXT, "what the repair rests on (rule or other party)", ""),
        ("confidence", SHARE, "0-1", ""),
    ),
)

LINEAGE = Frame(
    "lineage",
    "who said a fused field, where more than one message speaks of a parcel",
    (),
    _rows(
        "fuse",
        ("consignment_id", TEXT, "the parcel", ""),
        ("item_no", pl.Int32(), "the line, if one", ""),
        ("role", TEXT, "the party, if one", ""),
        ("field", TEXT, "frame.column", ""),
        ("contribution_id", TEXT, "the message whose value was taken", ""),
        ("view", TEXT, "its view", ""),
        ("said_at", TIME, "when it was said", ""),
        ("confidence", SHARE, "how sure, 0-1", ""),
        ("agreeing", NUMBER, "how many messages say the same", ""),
        ("contradicting", NUMBER, "how many say something else", ""),
    ),
)

CHARGES = Frame(
    "charges",
    "one layer of what is owed on one line or parcel",
    (),
    _rows(
        "charge",
        ("consignment_id", TEXT, "the parcel", ""),
        ("item_no", pl.Int32(), "the line, null for a charge on the whole parcel", ""),
        ("layer", TEXT, "id of the measure in the regime pack", ""),
        ("kind", TEXT, "duty, tax or fee", ""),
        ("base", MONEY, "what it is reckoned on, in `currency`", ""),
        ("rate", TEXT, "rate as the law states it", ""),
        ("amount", MONEY, "rounded amount; the lower bound where not exact", ""),
        ("amount_high", MONEY, "upper bound; null where nobody can say", ""),
        ("currency", TEXT, "ISO 4217", ""),
        ("state", TEXT, "exact, bounded or undetermined", ""),
        ("debtor", TEXT, "who owes it", ""),
        ("legal_basis", TEXT, "law and clause", ""),
        ("confidence", TEXT, "official, secondary, derived, memory: weakest it rests on", ""),
        ("needs", TEXTS, "facts that would make it exact", ""),
        ("explanation", TEXT, "the calculation as a sentence", ""),
    ),
)

DECISIONS = Frame(
    "decisions",
    "the answer for one parcel",
    ("consignment_id",),
    _rows(
        "decide",
        ("consignment_id", TEXT, "the parcel", ""),
        ("decision", TEXT, "release, ask, hold, examine or refuse", ""),
        ("reasons", TEXTS, "sentences an officer reads, weightiest first", ""),
        ("reason_codes", TEXTS, "the codes behind them, same order", ""),
        ("legal_basis", TEXTS, "law behind them, same order; empty text where none", ""),
        ("on", DAY, "day of the law applied", ""),
        ("lane", TEXT, "regime applied", ""),
        ("packs_digest", TEXT, "digest over all packs used (see the run's packs.json)", ""),
    ),
)

REJECTED = Frame(
    "rejected",
    "one piece of input that could not be read as a message; kept whole",
    (),
    _rows(
        "formats",
        ("source", TEXT, "name of the file or request", ""),
        ("format", TEXT, "format it was read as", ""),
        ("position", NUMBER, "line or element number, from 1", ""),
        ("code", TEXT, "code of the fault (see the findings pages)", ""),
        ("detail", TEXT, "what is wrong and what to do, in a sentence", ""),
        ("raw", TEXT, "the piece itself", ""),
    ),
)

FRAMES: dict[str, Frame] = {
    frame.name: frame
    for frame in (
        CONSIGNMENTS,
        GOODS_ITEMS,
        PARTIES,
        CONTRIBUTIONS,
        FINDINGS,
        REPAIRS,
        LINEAGE,
        CHARGES,
        DECISIONS,
        REJECTED,
    )
}
