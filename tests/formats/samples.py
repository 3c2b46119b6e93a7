"""One small message of each format, all made up; a format not named here is not fuzzed.

Names are format names as on the command line. Keep them small: each is mutated 10,000 times.
"""

from __future__ import annotations

ORDERS = b"""\
order_id,timestamp,importer_name,delivery_address,pid,product_category,product_title,description,\
image_url,item_price_inr,total_order_value_inr,number_of_items,colour
A-1,2026-01-05T10:00:00,Mona Haddad,"Flat 7, Tower 2, Abu Dhabi",p1,Home >> Lamps,Desk lamp,\
"Desk lamp, \"\"LED\"\"\",https://img.example/1.jpg,900,1400,2,white
A-1,2026-01-05T10:00:00,Mona Haddad,"Flat 7, Tower 2, Abu Dhabi",p2,Home >> Bulbs,Bulb,Bulb E27,,500,1400,2,
A-2,2026-01-05T11:30:00,Omar Said,"Villa 3, Abu Dhabi",p3,Toys,Kite,Paper kite,,250,250,1,red
"""

CANONICAL = b"""\
{"format":"tidewaiter-consignment/1","view":"order","consignment_id":"C1","order_id":"O1",\
"total_value":"30.50","total_currency":"EUR","goods_items":[{"item_no":1,"description":"Wool scarf",\
"hs_code":"611710","quantity":"2","declared_value":"30.50"}],"parties":[{"role":"consignee",\
"name":"Ana Sol","city":"Porto","postcode":"04000"},{"role":"seller","name":"Loja"}]}
{"consignment_id":"C2","security_scan":true,"gross_mass":0.25,"gross_mass_unit":"kg","extra":{"a":1}}
"""

EASYPOST = b"""\
{"id":"shp_1","reference":"O-9","tracking_code":"9400110200881234567890",\
"from_address":{"name":"Shop","street1":"1 High St","city":"Leeds","zip":"LS1 4AP","country":"GB"},\
"to_address":{"name":"Ida Lund","street1":"Gata 2","city":"Oslo","zip":"0150","country":"NO"},\
"parcel":{"length":10,"width":8,"height":4,"weight":15.4},"options":{"incoterm":"DDP"},\
"tax_identifiers":[{"entity":"SENDER","tax_id_type":"IOSS","tax_id":"IM123","issuing_country":"GB"}],\
"customs_info":{"contents_type":"gift","customs_signer":"A. Shop","customs_items":[\
{"description":"Tea towel","quantity":2,"weight":6,"value":12.5,"hs_tariff_number":"630291",\
"origin_country":"GB"}]}}
"""

SHIPPO = b"""\
{"object_id":"s1","address_from":{"name":"Shop","street1":"1 Rue","city":"Lyon","zip":"69002",\
"country":"FR"},"address_to":{"name":"Bea","city":"Bern","zip":"3001","country":"CH"},\
"parcels":[{"length":"5","width":"5","height":"5","distance_unit":"cm","weight":"2","mass_unit":"kg"}],\
"customs_declaration":{"contents_type":"MERCHANDISE","incoterm":"DDU","certify":true,\
"certify_signer":"Z","exporter_identification":{"eori_number":"FR1","tax_id":{"number":"IM1","type":"IOSS"}},\
"invoiced_charges":{"currency":"EUR","total_shipping":"4"},"items":[{"description":"Soap",\
"quantity":3,"net_weight":"1","mass_unit":"kg","value_amount":"9.90","value_currency":"EUR",\
"hs_code":"3401.11","origin_country":"FR"}]}}
"""

SHIPENGINE = b"""\
{"shipment_id":"se-1","ship_from":{"name":"Shop","city_locality":"Austin","postal_code":"78701",\
"country_code":"US"},"ship_to":{"name":"Liu","city_locality":"Perth","postal_code":"6000",\
"country_code":"AU"},"customs":{"contents":"merchandise","non_delivery":"return_to_sender",\
"terms_of_trade_code":"ddp","customs_items":[{"description":"Mug","quantity":2,"value":8.0,\
"value_currency":"USD","harmonized_tariff_code":"6911.10","country_of_origin":"US","sku":"M-1"}]},\
"packages":[{"weight":{"value":2,"unit":"pound"},"products":[{"description":"Spoon","quantity":1}]}]}
"""

SHOPIFY = b"""\
{"order":{"id":1,"name":"#11","currency":"CAD","created_at":"2026-02-01T09:00:00-05:00",\
"total_line_items_price":"40.00","line_items":[{"title":"Cap","name":"Cap - red","price":"20.00",\
"grams":90,"quantity":2,"sku":"C-R","product_id":5,"harmonized_system_code":"650500"}],\
"shipping_lines":[{"price":"5.00","code":"Std"}],"shipping_address":{"name":"Jo Roy","address1":"4 Elm",\
"city":"Hull","zip":"J8X","country_code":"CA"},"fulfillments":[{"tracking_number":"1Z1",\
"tracking_company":"UPS"}],"customer":{"id":2,"first_name":"Jo"},"email":"jo@example.org"}}
"""

WOOCOMMERCE = b"""\
{"id":7,"number":"7","order_key":"k","currency":"EUR","date_created":"2026-03-01T08:00:00",\
"shipping_total":"3.00","billing":{"first_name":"Ed","last_name":"Ott","city":"Graz","country":"AT"},\
"shipping":{"first_name":"Ed","last_name":"Ott","city":"Graz","postcode":"8010","country":"AT"},\
"meta_data":[{"key":"_ioss_number","value":"IM2"}],"line_items":[{"name":"Sock","quantity":4,\
"total":"12.00","sku":"S","price":3,"meta_data":[{"id":1,"key":"_hs_code","value":"611595"}]}]}
"""

H7 = b"""\
<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"><md:WCOTypeName>DEC</md:WCOTypeName>\
<Declaration xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"><FunctionCode>9</FunctionCode>\
<FunctionalReferenceID>TW-7</FunctionalReferenceID><TypeCode>IMD</TypeCode><BorderTransportMeans>\
<ModeCode>5</ModeCode></BorderTransportMeans><Exporter><Name>Quay Linen</Name><Address>\
<CountryCode>TR</CountryCode></Address></Exporter><GoodsShipment><!-- one line -->\
<GovernmentAgencyGoodsItem><CustomsValueAmount currencyID="EUR">12.50</CustomsValueAmount>\
<SequenceNumeric>1</SequenceNumeric><AdditionalInformation><StatementCode>NIIMP</StatementCode>\
</AdditionalInformation><Commodity><Description>Cotton towel</Description><Classification>\
<ID>63026000</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification></Commodity>\
<GovernmentProcedure><CurrentCode>40</CurrentCode><PreviousCode>00</PreviousCode></GovernmentProcedure>\
</GovernmentAgencyGoodsItem><PreviousDocument><ID>LP202607315DE</ID></PreviousDocument>\
</GoodsShipment></Declaration></md:MetaData>
"""

DMS_ANSWER = b"""\
<MetaData xmlns="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"><WCOTypeName>RES</WCOTypeName>\
<Response xmlns="urn:wco:datamodel:WCO:RES-DMS:2"><FunctionCode>09</FunctionCode>\
<FunctionalReferenceID>0f</FunctionalReferenceID><IssueDateTime><DateTimeString formatCode="304">\
20260701101500Z</DateTimeString></IssueDateTime><Declaration>\
<FunctionalReferenceID>TW-7</FunctionalReferenceID><ID>26GB000000000000A1</ID></Declaration>\
</Response></MetaData>
"""

ITMATT = b"""\
{"ITEM_ID":"LP202607315DE","POSTINGDT":"20260701","ORIGPOST_ORG_CD":"DEA","GROSS_WT":"0.450",\
"SEND_NAME":"Quay Linen","RECP_NAME":"Ada Byrne","RECP_ZIP":"BT1 1AA","CONTENT_PIECES":[\
{"CP_DESC":"cotton towel","CP_HS":"630260","CP_AMT":"12.50","CP_CURRCD":"EUR"}]}
{"ITEM_ID":"RB000000005DE","HANDLING_CLASS_CD":"EX","CP_DESC":"mug","CP_AMT":5.00,"RECP_ZIP":1067}
"""

ITMATT_CSV = b"""\
ITEM_ID,POSTINGDT,SEND_NAME,RECP_NAME,RECP_ZIP,CP_DESC,CP_HS,CP_AMT,CP_CURRCD,HANDLING_CLASS_CD
LP202607315DE,20260701,"Quay, Linen",Ada Byrne,BT1 1AA,"towel, \"\"cotton\"\" cloth",630260,12.50,EUR,EX
LP202607315DE,,,,,mug,,5.00,EUR,
RB000000005DE,20260702,Quay,Bo Chan,01067,pen,960810,1.00,EUR,
"""

CUSRSP = b"""\
{"ITEM_ID":"LP202607315DE","POSTINGDT":"20260701","ENTITY_STATE":"OPEN","CLEARANCE_DT":"20260702",\
"DECI_CD":"RFI","DECI_REAS_CD":"check.value_one","DECI_REAS_NM":"value is 1","TOT_DUTY":"3.00",\
"TOT_FEE":"8.00","TOT_FEE_CURRCD":"GBP","REASONS":[{"DECI_REAS_CD":"a","DECI_REAS_NM":"b",\
"LEGAL_BASIS":"c"}],"COLOUR":"red"}
{"ITEM_ID":"RB000000005DE","DECI_CD":"RLS"}
"""

SECTION321 = b"""\
{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential",\
"CBPSection321DeMinimisCredential"],"issuer":{"id":"did:web:shop.example","name":"Shop"},\
"credentialSubject":{"type":["DeMinimisShipment"],"originatorCode":"0123","participantFilerType":\
"Carrier","modeOfTransportation":"Air","shipmentTrackingNumber":"LP202607315DE","seller":{"type":\
["Organization"],"name":"Quay","location":{"type":["Place"],"address":{"type":["PostalAddress"],\
"addressCountry":"TR"}}},"listedPriceOnMarketplace":{"price":12.50,"priceCurrency":"USD"},\
"shipmentSecurityScan":true,"productPicture":"https://shop.example/a.jpg"}}
"""

ENTRY_TYPE86 = b"""\
{"type":"CBPEntryType86","bolNumber":"H1","entryNumber":"30045678916","portOfEntry":{"type":["Place"],\
"usPortCode":"2709"},"shipper":{"type":["Organization"],"name":"Quay","location":{"type":["Place"],\
"address":{"type":["PostalAddress"],"streetAddress":"7 Dock Road","addressCountry":"TR"}}},\
"countryOfOrigin":"TR","quantity":{"type":["MeasuredValue"],"value":"1","unitCode":"C62"},\
"fairRetailValue":{"value":38,"currency":"USD"},"htsusNumber":{"type":["Commodity"],\
"commodityCode":"6302600020","commodityCodeType":"HTS"},"importerOfRecord":{"number":"10-0256720",\
"identifierType":"IRS"}}
"""

ICS2_F43 = b"""\
{"LRN":"TW-1","documentIssueDate":"2026-07-01T10:15:00Z","SpecificCircumstanceIndicator":"F43",\
"declarant":{"name":"Post","address":{"city":"Bonn","country":"DE"}},"consignmentMasterLevel":{\
"consignmentHouseLevel":[{"totalGrossMass":"0.450","transportDocumentHouseLevel":{"documentNumber":\
"LP202607315DE","type":"N750"},"consignee":{"name":"Ada","address":{"street":"Mill Lane","number":"12",\
"country":"GB"},"communication":[{"identifier":"ada@example.org","type":"EM"}]},"goodsItem":[{\
"goodsItemNumber":1,"postalValue":{"value":12.50,"currency":"EUR"},"commodity":{"descriptionOfGoods":\
"towel","commodityCode":{"harmonizedSystemSubHeadingCode":"630260"}}}]}]}}
"""

ICS2_F32 = b"""\
{"LRN":"TW-2","SpecificCircumstanceIndicator":"F32","consignmentMasterLevel":{"consignmentHouseLevel":[\
{"referenceNumberUCR":"U1","totalAmountInvoiced":{"value":"25.00","currency":"EUR"},\
"supportingDocuments":[{"referenceNumber":"INV 7","type":"N380"}],"goodsItem":[{"goodsItemNumber":"1",\
"itemAmountInvoiced":{"value":"25.00","currency":"EUR"},"weight":{"grossMass":0.4},"packaging":{\
"numberOfPackages":1}}]}]}}
"""

SAMPLES: dict[str, bytes] = {
    "orders": ORDERS,
    "canonical": CANONICAL,
    "easypost": EASYPOST,
    "shippo": SHIPPO,
    "shipengine": SHIPENGINE,
    "shopify": SHOPIFY,
    "woocommerce": WOOCOMMERCE,
    "h7": H7,
    "dms-answer": DMS_ANSWER,
    "itmatt": ITMATT,
    "itmatt-csv": ITMATT_CSV,
    "cusrsp": CUSRSP,
    "section321": SECTION321,
    "entry-type86": ENTRY_TYPE86,
    "ics2-f43": ICS2_F43,
    "ics2-f32": ICS2_F32,
}
