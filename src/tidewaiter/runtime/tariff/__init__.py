"""Tariff packs as files: import official nomenclatures, sign, verify, show, compare.

`importing` turns official files into a pack, `keys` keeps what signs, `looking` reads packs,
`in_force` keeps those that count here. What a nomenclature means is known in `knowledge.tariff`.
"""
