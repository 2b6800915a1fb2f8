"""Structured field values (RFC 9651): typed values, parsing and strict serialisation."""

from twincity.kernel.httpsig.fields.bare import serialize_bare
from twincity.kernel.httpsig.fields.parse import MAX_LENGTH, parse_dictionary, parse_item, parse_list
from twincity.kernel.httpsig.fields.serialize import (
    serialize_dictionary,
    serialize_inner_list,
    serialize_item,
    serialize_list,
    serialize_params,
)
from twincity.kernel.httpsig.fields.values import (
    NO_PARAMS,
    BareItem,
    Date,
    DisplayString,
    FieldError,
    InnerList,
    Item,
    Member,
    Params,
    Token,
)

__all__ = [
    "MAX_LENGTH",
    "NO_PARAMS",
    "BareItem",
    "Date",
    "DisplayString",
    "FieldError",
    "InnerList",
    "Item",
    "Member",
    "Params",
    "Token",
    "parse_dictionary",
    "parse_item",
    "parse_list",
    "serialize_bare",
    "serialize_dictionary",
    "serialize_inner_list",
    "serialize_item",
    "serialize_list",
    "serialize_params",
]
