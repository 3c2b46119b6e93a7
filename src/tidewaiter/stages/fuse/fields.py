"""Fields: which columns of a parcel move together, and whom to believe about them.

A bundle is one thing said: the typed reading, its text as written, and what belongs to it
(currency, unit, basis). It is taken whole from one message; an amount without its currency counts
last. Its family names the order of trust in
`packs/matching/fuse.toml`; `described` is the most specific text instead. Columns no bundle names
(new ones) go with the main message.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidewaiter.vocabulary.columns import FRAMES

MAIN = "main"
DESCRIBED = "described"
BY_ROLE = "role"
LISTS = ("documents",)  # JSON lists of every message, put after one another
UNREAD = "unread"
OWNERS = ("formats", "check")
KEYS = ("consignment_id", "contribution_id", "item_no", "role")


@dataclass(frozen=True, slots=True)
class Bundle:
    """Columns that move together.

    Args:
        family: order of trust.
        key: the column that must be told; the others follow it.
        others: the rest of the bundle; a message that tells only these counts last.
        also: those of the others that are as good as the key.
    """

    family: str
    key: str
    others: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the bundle."""
        return (self.key, *self.others)


def _read(family: str, field: str, *others: str) -> Bundle:
    return Bundle(family, field, (f"{field}_text", *others))


CONSIGNMENT_BUNDLES = (
    Bundle("order", "order_id"),
    Bundle("price", "payment_id"),
    Bundle("route", "tracking_id"),
    Bundle("customs", "house_document", ("house_document_type", "house_document_category")),
    Bundle("route", "master_document"),
    Bundle("customs", "declaration_ref"),
    Bundle("customs", "entry_number"),
    Bundle("customs", "ucr"),
    Bundle("route", "receptacle_id"),
    Bundle("customs", "declaration_type"),
    Bundle("order", "ordered_at", ("ordered_day", "ordered_at_text"), ("ordered_day",)),
    _read("route", "loading_at"),
    _read("route", "arrival_at"),
    _read("route", "country_departure"),
    _read("route", "country_destination"),
    _read("route", "transport_mode"),
    Bundle("route", "mail_class"),
    _read("customs", "nature"),
    Bundle("trade", "incoterm"),
    Bundle("mass", "gross_mass_g", ("gross_mass_text", "gross_mass_unit")),
    Bundle(
        "price",
        "total_value",
        ("total_currency", "total_value_text", "total_currency_text"),
    ),
    Bundle(
        "freight",
        "freight",
        ("freight_currency", "freight_text", "freight_currency_text"),
    ),
    Bundle(
        "freight",
        "insurance",
        ("insurance_currency", "insurance_text", "insurance_currency_text"),
    ),
    Bundle("freight", "insured_text", ("insured_currency_text",)),
    Bundle("customs", "scheme_text"),
    Bundle("route", "channel_text"),
    Bundle("trade", "business_text"),
    _read(MAIN, "item_count"),
    Bundle("route", "package_count_text"),
    Bundle("route", "dimensions_text"),
    Bundle("customs", "fiscal_reference", ("fiscal_role",)),
    Bundle("customs", "representative_status"),
    Bundle("customs", "goods_location"),
    Bundle("customs", "customs_office"),
    Bundle("trade", "known_carrier_customer"),
    Bundle("trade", "known_marketplace_seller"),
    Bundle("route", "security_scan"),
)
MAIN_ONLY = (
    "message_function",
    "message_at",
    "message_at_text",
    "quality",
    "quality_timeliness",
    "quality_accuracy",
    "quality_completeness",
    "quality_consistency",
)

ITEM_BUNDLES = (
    Bundle("goods", "title"),
    Bundle(DESCRIBED, "description", ("description_quality", "description_text")),
    Bundle("goods", "category_path"),
    Bundle("goods", "brand"),
    Bundle("goods", "maker_name"),
    Bundle("goods", "product_id"),
    Bundle("goods", "sku"),
    _read("goods", "gtin"),
    Bundle("goods", "merchant_product_id"),
    Bundle("goods", "manufacturer_product_id"),
    Bundle("goods", "listing_url"),
    Bundle("goods", "image_url"),
    _read("customs", "hs_code", "hs_code_type"),
    _read("goods", "quantity", "quantity_unit"),
    Bundle("route", "package_count_text"),
    Bundle("mass", "net_mass_g", ("net_mass_text", "mass_unit", "mass_basis")),
    Bundle("mass", "gross_mass_g", ("gross_mass_text",)),
    Bundle(
        "line_price",
        "declared_value",
        ("declared_currency", "declared_value_text", "declared_currency_text", "value_basis"),
    ),
    _read("customs", "country_origin"),
    Bundle("customs", "cus_code"),
    Bundle("customs", "procedure_codes"),
)

PARTY_BUNDLES = (
    Bundle(BY_ROLE, "name", ("company", "person_type")),
    Bundle(
        BY_ROLE,
        "address",
        ("street", "street_extra", "city", "region", "postcode", "country", "country_text"),
        ("street", "city", "postcode"),
    ),
    Bundle(BY_ROLE, "email"),
    Bundle(BY_ROLE, "phone"),
    Bundle(BY_ROLE, "id_number", ("id_type",)),
    Bundle(BY_ROLE, "tax_id"),
    Bundle(BY_ROLE, "account"),
)
ROLE_FAMILIES = {
    "seller": "seller",
    "platform": "seller",
    "maker": "seller",
    "consignee": "consignee",
    "buyer": "consignee",
    "importer": "consignee",
}
OTHER_ROLES = "trade"


def bundles(frame: str) -> tuple[Bundle, ...]:
    """Give the bundles of a frame, with one more for each column none of them names."""
    named = {
        "consignments": CONSIGNMENT_BUNDLES,
        "goods_items": ITEM_BUNDLES,
        "parties": PARTY_BUNDLES,
    }[frame]
    taken = {column for bundle in named for column in bundle.columns}
    taken |= {*KEYS, *LISTS, UNREAD}
    if frame == "consignments":
        taken |= set(MAIN_ONLY)
    family = BY_ROLE if frame == "parties" else MAIN
    rest = (
        Bundle(family, column.name)
        for column in FRAMES[frame].columns
        if column.owner in OWNERS and column.name not in taken
    )
    return (*named, *rest)
