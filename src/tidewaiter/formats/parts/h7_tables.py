"""Which element of an H7 declaration is which column: tables only.

Paths are those of WCO Data Model XML (DEC, UK profile) below `Declaration`, or below the goods
item or party they belong to; `@` marks an attribute. Read off the schemas and samples of
hmrc/customs-declarations (conf/3.0) and formats.md sections 3 and 5; see `formats/h7.py`.
"""

from __future__ import annotations

from tidewaiter.vocabulary.terms import Role

ITEM_PATH = "GoodsShipment/GovernmentAgencyGoodsItem"
KILOGRAM = "KGM"

HEAD = {
    "FunctionCode": "message_function",
    "FunctionalReferenceID": "declaration_ref",
    "ID": "entry_number",
    "IssueDateTime/DateTimeString": "message_at_text",
    "TypeCode": "declaration_type",
    "GoodsItemQuantity": "item_count_text",
    "DeclarationOfficeID": "customs_office",
    "InvoiceAmount": "total_value_text",
    "InvoiceAmount@currencyID": "total_currency_text",
    "TotalGrossMassMeasure": "gross_mass_text",
    "TotalGrossMassMeasure@unitCode": "gross_mass_unit",
    "TotalPackageQuantity": "package_count_text",
    "Agent/FunctionCode": "representative_status",
    "BorderTransportMeans/ModeCode": "transport_mode_text",
    "GoodsShipment/TransactionNatureCode": "nature_text",
    "GoodsShipment/CustomsValuation/FreightChargeAmount": "freight_text",
    "GoodsShipment/CustomsValuation/FreightChargeAmount@currencyID": "freight_currency_text",
    "GoodsShipment/Destination/CountryCode": "country_destination_text",
    "GoodsShipment/DomesticDutyTaxParty/ID": "fiscal_reference",
    "GoodsShipment/DomesticDutyTaxParty/RoleCode": "fiscal_role",
    "GoodsShipment/ExportCountry/ID": "country_departure_text",
    "GoodsShipment/PreviousDocument/CategoryCode": "house_document_category",
    "GoodsShipment/PreviousDocument/ID": "house_document",
    "GoodsShipment/PreviousDocument/TypeCode": "house_document_type",
    "GoodsShipment/TradeTerms/ConditionCode": "incoterm",
    "GoodsShipment/UCR/TraderAssignedReferenceID": "ucr",
}
HOUSE = ("house_document", "house_document_type", "house_document_category")
GROSS = "Commodity/GoodsMeasure/GrossMassMeasure"
NET = "Commodity/GoodsMeasure/NetNetWeightMeasure"
VALUE = "CustomsValueAmount"
PRICE = "Commodity/InvoiceLine/ItemChargeAmount"
ITEM = {
    "Commodity/Description": "description_text",
    "Commodity/Classification/ID": "hs_code_text",
    "Commodity/Classification/IdentificationTypeCode": "hs_code_type",
    GROSS: "gross_mass_text",
    NET: "net_mass_text",
    "Origin/CountryCode": "country_origin_text",
    "Packaging/QuantityQuantity": "package_count_text",
}
PARTY = {
    "Name": "name",
    "ID": "id_number",
    "Address/Line": "street",
    "Address/CityName": "city",
    "Address/CountrySubDivisionName": "region",
    "Address/PostcodeID": "postcode",
    "Address/CountryCode": "country_text",
}
ROLES = {
    "Agent": Role.REPRESENTATIVE,
    "Consignment/Carrier": Role.CARRIER,
    "Declarant": Role.DECLARANT,
    "Exporter": Role.CONSIGNOR,
    "GoodsShipment/Buyer": Role.BUYER,
    "GoodsShipment/Consignee": Role.CONSIGNEE,
    "GoodsShipment/Importer": Role.IMPORTER,
    "GoodsShipment/Seller": Role.SELLER,
}
"""Where a party of a role stands in the declaration."""
SECOND_PLACES = {
    "GoodsShipment/Consignor": Role.CONSIGNOR,
    "Consignment/Consignor": Role.CONSIGNOR,
    f"{ITEM_PATH}/Buyer": Role.BUYER,
    f"{ITEM_PATH}/Consignee": Role.CONSIGNEE,
    f"{ITEM_PATH}/Consignor": Role.CONSIGNOR,
    f"{ITEM_PATH}/Seller": Role.SELLER,
}
"""Where it is taken from if it does not stand there; the place is kept as `@element`."""
ENVELOPE = {
    "WCODataModelVersionCode": "3.6",
    "WCOTypeName": "DEC",
    "ResponsibleCountryCode": "GB",
    "ResponsibleAgencyName": "HMRC",
    "AgencyAssignedCustomizationVersionCode": "v2.1",
}
PAPERS = {
    "AdditionalDocument": (
        "document",
        {
            "CategoryCode": "category",
            "TypeCode": "type",
            "ID": "id",
            "Name": "name",
            "LPCOExemptionCode": "exemption",
        },
    ),
    "AdditionalInformation": (
        "information",
        {"StatementCode": "code", "StatementDescription": "text", "StatementTypeCode": "type"},
    ),
    "PreviousDocument": (
        "previous",
        {"CategoryCode": "category", "TypeCode": "type", "ID": "id", "LineNumeric": "line"},
    ),
}
"""Kind and keys of a paper in the JSON list `documents`, by element."""
