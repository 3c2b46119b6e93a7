"""The elements of two ICS2 entry summary filings: path, format, status, and our column.

From the field table of the Harmonised Trader Interface v2.02 (2022-05-04, Release 2) for IE3A43 and
IE3A32. The filings themselves, F43 (postal item) and F32 (express, minimum data), are *inferred*:
the amendment without MRN, referral reference and addressed member state, with the LRN of F42. The
texts of the rules (R3002, C3034 ...) and the contents of the code lists (CL7xx) were not public
and are not here; Release 3 (v3) was not read. Hence "-shaped".

A table, so it may be longer than other modules. Names, formats and status are facts; a test
compares them with the table where it lies beside the project.
"""

from __future__ import annotations

from dataclasses import dataclass

HOUSE = "consignmentMasterLevel/consignmentHouseLevel"
LINE = f"{HOUSE}/goodsItem"


@dataclass(frozen=True, slots=True)
class Element:
    """Format as in the interface (`an..35`, empty for a group) and status M, C or O."""

    format: str
    status: str

    @property
    def chars_max(self) -> int:
        """Characters a text may have; 0 for groups and figures."""
        text = self.format.lstrip("an.")
        return int(text) if self.format.startswith("a") and text.isdigit() else 0


Fields = dict[str, Element]


def _rows(base: str, *rows: tuple[str, str, str]) -> Fields:
    prefix = f"{base}/" if base else ""
    return {f"{prefix}{path}": Element(form, status) for path, form, status in rows}


def _address(base: str) -> Fields:
    return _rows(
        f"{base}/address",
        ("city", "an..35", "M"),
        ("country", "a2", "M"),
        ("subDivision", "an..35", "O"),
        ("street", "an..70", "O"),
        ("postCode", "an..17", "C"),
        ("streetAdditionalLine", "an..70", "O"),
        ("number", "an..35", "O"),
        ("poBox", "an..70", "O"),
    )


def _party(base: str, status: str, *rows: tuple[str, str, str]) -> Fields:
    return (
        _rows("", (base, "", status))
        | _rows(base, ("name", "an..70", "M"), *rows)
        | _rows(base, ("address", "", "M"))
        | _address(base)
        | _rows(f"{base}/communication", ("identifier", "an..512", "M"), ("type", "an..3", "M"))
    )


def _money(path: str, status: str, group: str = "") -> Fields:
    base = f"{path}/{group}" if group else path
    inner = _rows("", (base, "", "M")) if group else {}
    outer = _rows("", (path, "", status))
    return outer | inner | _rows(base, ("value", "n..16,2", "M"), ("currency", "a3", "M"))


def _papers(base: str) -> Fields:
    return _rows(
        base,
        ("supportingDocuments", "", "O"),
        ("supportingDocuments/referenceNumber", "an..70", "M"),
        ("supportingDocuments/type", "an4", "M"),
        ("additionalInformation", "", "O"),
        ("additionalInformation/code", "an..17", "O"),
        ("additionalInformation/text", "an..512", "O"),
        ("additionalSupplyChainActor", "", "O"),
        ("additionalSupplyChainActor/identificationNumber", "an..17", "M"),
        ("additionalSupplyChainActor/role", "a..3", "M"),
    )


_ID_M = ("identificationNumber", "an..17", "M")
_ID_O = ("identificationNumber", "an..17", "O")
_PERSON = ("typeOfPerson", "n1", "M")
_MESSAGE = (
    _rows(
        "",
        ("LRN", "an..22", "M"),
        ("documentIssueDate", "an20", "M"),
        ("SpecificCircumstanceIndicator", "an3", "M"),
        ("consignmentMasterLevel", "", "M"),
        (HOUSE, "", "M"),
        ("declarant/communication", "", "M"),
        ("representative/communication", "", "M"),
        (f"{HOUSE}/consignee/communication", "", "O"),
        (f"{HOUSE}/consignor/communication", "", "O"),
    )
    | _party("declarant", "M", _ID_M)
    | _party("representative", "O", _ID_M, ("status", "n1", "M"))
    | _party(f"{HOUSE}/consignee", "M", _ID_O, _PERSON)
    | _party(f"{HOUSE}/consignor", "M", _ID_O, _PERSON)
    | _papers(HOUSE)
    | _rows(
        HOUSE,
        ("totalGrossMass", "n..16,6", "M"),
        ("additionalFiscalReferences", "", "O"),
        ("additionalFiscalReferences/VATIdentificationNumber", "an..17", "M"),
        ("additionalFiscalReferences/role", "an..3", "M"),
        ("transportDocumentHouseLevel", "", "M"),
        ("transportDocumentHouseLevel/documentNumber", "an..70", "M"),
        ("transportDocumentHouseLevel/type", "an4", "M"),
        ("goodsItem", "", "M"),
    )
    | _rows(
        LINE,
        ("goodsItemNumber", "n..5", "M"),
        ("typeOfGoods", "an..3", "C"),
        ("commodity/descriptionOfGoods", "an..512", "M"),
        ("commodity/commodityCode/harmonizedSystemSubHeadingCode", "an6", "M"),
        ("commodity/commodityCode/combinedNomenclatureCode", "an2", "O"),
        ("packaging/numberOfPackages", "n..8", "M"),
    )
)
F43: Fields = (
    _MESSAGE
    | _money(f"{HOUSE}/postalCharges", "C")
    | _money(f"{LINE}/postalValue", "C")
    | _rows(HOUSE, ("referenceNumberUCR", "an..35", "O"))
    | _rows(
        LINE,
        ("commodity/cusCode", "an9", "O"),
        ("commodity/commodityCode", "", "C"),
        ("weight/netMass", "n..16,6", "O"),
        ("countryOfOrigin/country", "a2", "O"),
    )
)
F32: Fields = (
    _MESSAGE
    | _money(f"{HOUSE}/totalAmountInvoiced", "C")
    | _money(f"{HOUSE}/additionsAndDeductions", "C", "amount")
    | _money(f"{LINE}/itemAmountInvoiced", "O")
    | _papers(LINE)
    | _rows(HOUSE, ("referenceNumberUCR", "an..35", "M"))
    | _rows(
        LINE,
        ("commodity/commodityCode", "", "O"),
        ("weight/grossMass", "n..16,6", "O"),
    )
)
ITEMS_MAX = {"F43": 99, "F32": 9999}

HEAD_COLUMNS = {
    "LRN": "declaration_ref",
    "documentIssueDate": "message_at_text",
    "SpecificCircumstanceIndicator": "declaration_type",
    "representative.status": "representative_status",
}
HOUSE_COLUMNS = {
    "totalGrossMass": "gross_mass_text",
    "additionalFiscalReferences.VATIdentificationNumber": "fiscal_reference",
    "additionalFiscalReferences.role": "fiscal_role",
    "transportDocumentHouseLevel.documentNumber": "house_document",
    "transportDocumentHouseLevel.type": "house_document_type",
    "referenceNumberUCR": "ucr",
}
HOUSE_MONEY = {
    "F43": {
        "postalCharges.value": "freight_text",
        "postalCharges.currency": "freight_currency_text",
    },
    "F32": {
        "additionsAndDeductions.amount.value": "freight_text",
        "additionsAndDeductions.amount.currency": "freight_currency_text",
        "totalAmountInvoiced.value": "total_value_text",
        "totalAmountInvoiced.currency": "total_currency_text",
    },
}
ITEM_COLUMNS = {
    "F43": {
        "postalValue.value": "declared_value_text",
        "postalValue.currency": "declared_currency_text",
        "commodity.descriptionOfGoods": "description_text",
        "commodity.cusCode": "cus_code",
        "weight.netMass": "net_mass_text",
        "countryOfOrigin.country": "country_origin_text",
        "packaging.numberOfPackages": "package_count_text",
    },
    "F32": {
        "itemAmountInvoiced.value": "declared_value_text",
        "itemAmountInvoiced.currency": "declared_currency_text",
        "commodity.descriptionOfGoods": "description_text",
        "weight.grossMass": "gross_mass_text",
        "packaging.numberOfPackages": "package_count_text",
    },
}
PARTY_COLUMNS = {
    "name": "name",
    "identificationNumber": "id_number",
    "typeOfPerson": "person_type",
    "address.street": "street",
    "address.streetAdditionalLine": "street_extra",
    "address.city": "city",
    "address.subDivision": "region",
    "address.postCode": "postcode",
    "address.country": "country_text",
}
FIGURES = frozenset(
    {
        "totalGrossMass",
        "postalCharges.value",
        "additionsAndDeductions.amount.value",
        "totalAmountInvoiced.value",
        "postalValue.value",
        "itemAmountInvoiced.value",
        "weight.netMass",
        "weight.grossMass",
        "packaging.numberOfPackages",
    }
)
"""Paths that hold figures and are written as JSON numbers."""
