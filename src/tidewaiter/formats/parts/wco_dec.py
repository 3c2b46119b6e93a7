"""The order of elements in a WCO Data Model declaration (DEC) of the UK profile, as a table.

An XML declaration is valid only if its elements stand in the order of the schema, also those that
no column of ours stands for and that are only carried along; so the whole order is here, from the
schemas of hmrc/customs-declarations (conf/3.0, version 2.15, Apache-2.0, read 2026-11). Names and
their order are facts; no text of the schemas is taken over. A test compares the table with the
schemas where they lie beside the project.

A table, so it may be longer than other modules. It does not know types, code lists or which
element an authority demands.
"""

from __future__ import annotations

NS_METADATA = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"
NS_DEC = "urn:wco:datamodel:WCO:DEC-DMS:2"
NS_DEC_TYPES = "urn:wco:datamodel:WCO:Declaration_DS:DMS:2"
NS_RES = "urn:wco:datamodel:WCO:RES-DMS:2"
NS_BULK = "urn:tidewaiter:bulk:1"

_CHILDREN = {
    "MetaData": (
        "WCODataModelVersionCode WCOTypeName ResponsibleCountryCode ResponsibleAgencyName "
        "AgencyAssignedCustomizationCode AgencyAssignedCustomizationVersionCode Declaration "
        "Response"
    ),
    "AEOMutualRecognitionParty": "ID RoleCode",
    "AdditionalDocument": (
        "CategoryCode EffectiveDateTime ID Name TypeCode LPCOExemptionCode Submitter WriteOff"
    ),
    "AdditionalInformation": ("StatementCode StatementDescription StatementTypeCode Pointer"),
    "Address": (
        "TypeCode CityName CountryCode CountrySubDivisionCode CountrySubDivisionName Line "
        "PostcodeID"
    ),
    "Agent": "Name ID FunctionCode Address",
    "Amendment": "ChangeReasonCode Pointer",
    "ArrivalTransportMeans": "Name ID IdentificationTypeCode TypeCode ModeCode",
    "Authentication": "Authentication Authenticator",
    "Authenticator": "Name",
    "AuthorisationHolder": "ID CategoryCode",
    "BorderTransportMeans": (
        "Name ID IdentificationTypeCode TypeCode RegistrationNationalityCode ModeCode"
    ),
    "Buyer": "Name ID Address Contact Communication",
    "Carrier": "Name ID Address Communication",
    "ChargeDeduction": "ChargesTypeCode OtherChargeDeductionAmount",
    "Classification": "ID IdentificationTypeCode",
    "Commodity": (
        "Description Classification DangerousGoods DutyTaxFee GoodsMeasure InvoiceLine "
        "TransportEquipment"
    ),
    "Communication": "ID TypeCode",
    "Consignee": "Name ID Address",
    "Consignment": (
        "Carrier ContainerCode ConsignmentItem ArrivalTransportMeans Consignor "
        "DepartureTransportMeans Freight GoodsLocation Itinerary LoadingLocation "
        "TransportEquipment"
    ),
    "ConsignmentItem": "SequenceNumeric Consignor Freight",
    "Consignor": "Name ID Address",
    "Contact": "Name",
    "CurrencyExchange": "CurrencyTypeCode RateNumeric",
    "CustomsValuation": "FreightChargeAmount MethodCode ChargeDeduction",
    "DangerousGoods": "UNDGID",
    "Declarant": "Name ID Address Contact Communication",
    "Declaration": (
        "AcceptanceDateTime FunctionCode FunctionalReferenceID ID IssueDateTime "
        "IssueLocationID TypeCode GoodsItemQuantity DeclarationOfficeID InvoiceAmount "
        "LoadingListQuantity TotalGrossMassMeasure TotalPackageQuantity "
        "SpecificCircumstancesCodeCode Authentication Submitter AdditionalDocument "
        "AdditionalInformation Agent Amendment AuthorisationHolder BorderTransportMeans "
        "Consignment CurrencyExchange Declarant ExitOffice Exporter GoodsShipment "
        "ObligationGuarantee PresentationOffice SupervisingOffice"
    ),
    "DepartureTransportMeans": "Name ID IdentificationTypeCode TypeCode ModeCode",
    "Destination": "CountryCode RegionID",
    "DomesticDutyTaxParty": "ID RoleCode",
    "DutyTaxFee": (
        "AdValoremTaxBaseAmount DeductAmount DutyRegimeCode SpecificTaxBaseQuantity "
        "TaxRateNumeric TypeCode QuotaOrderID Payment"
    ),
    "ExitOffice": "ID",
    "ExportCountry": "ID",
    "Exporter": "Name ID Address Contact Communication",
    "Freight": "PaymentMethodCode",
    "GoodsLocation": "Name ID TypeCode Address",
    "GoodsMeasure": "GrossMassMeasure NetNetWeightMeasure TariffQuantity",
    "GoodsShipment": (
        "ExitDateTime TransactionNatureCode AEOMutualRecognitionParty Buyer Consignee "
        "Consignment Consignor CustomsValuation Destination DomesticDutyTaxParty "
        "ExportCountry GovernmentAgencyGoodsItem Importer Invoice Payer PreviousDocument "
        "Seller Surety TradeTerms UCR Warehouse"
    ),
    "GovernmentAgencyGoodsItem": (
        "CustomsValueAmount SequenceNumeric StatisticalValueAmount TransactionNatureCode "
        "AdditionalDocument AdditionalInformation AEOMutualRecognitionParty Buyer Commodity "
        "Consignee Consignor CustomsValuation Destination DomesticDutyTaxParty ExportCountry "
        "GovernmentProcedure Origin Packaging PreviousDocument Seller UCR ValuationAdjustment"
    ),
    "GovernmentProcedure": "CurrentCode PreviousCode",
    "GuaranteeOffice": "ID",
    "Importer": "Name ID Address Contact Communication",
    "Invoice": "ID IssueDateTime",
    "InvoiceLine": "ItemChargeAmount",
    "Itinerary": "SequenceNumeric RoutingCountryCode",
    "LoadingLocation": "Name ID",
    "ObligationGuarantee": (
        "AmountAmount ID ReferenceID SecurityDetailsCode AccessCode GuaranteeOffice"
    ),
    "Origin": "CountryCode RegionID TypeCode",
    "Packaging": (
        "SequenceNumeric MarksNumbersID QuantityQuantity TypeCode PackingMaterialDescription "
        "LengthMeasure WidthMeasure HeightMeasure VolumeMeasure"
    ),
    "Payer": "Name ID Address",
    "Payment": "MethodCode TaxAssessedAmount PaymentAmount",
    "Pointer": "SequenceNumeric DocumentSectionCode TagID",
    "PresentationOffice": "ID",
    "PreviousDocument": "CategoryCode ID TypeCode LineNumeric",
    "Seal": "SequenceNumeric ID",
    "Seller": "Name ID Address Contact Communication",
    "Submitter": "Name ID RoleCode Address",
    "SupervisingOffice": "ID",
    "Surety": "Name ID Address",
    "TradeTerms": ("ConditionCode CountryRelationshipCode Description LocationID LocationName"),
    "TransportEquipment": "SequenceNumeric ID Seal",
    "UCR": "ID TraderAssignedReferenceID",
    "ValuationAdjustment": "AdditionCode",
    "Warehouse": "ID TypeCode",
    "WriteOff": "QuantityQuantity AmountAmount",
}

ORDER: dict[str, dict[str, int]] = {
    parent: {name: rank for rank, name in enumerate(names.split())}
    for parent, names in _CHILDREN.items()
}
"""For each element the rank of its children."""

PERSONS = frozenset(
    {
        "Agent",
        "Authenticator",
        "Buyer",
        "Carrier",
        "Communication",
        "Consignee",
        "Consignor",
        "Contact",
        "Declarant",
        "Exporter",
        "Importer",
        "Payer",
        "Seller",
        "Submitter",
        "Surety",
    }
)
"""Elements that hold personal data, wherever they stand."""
