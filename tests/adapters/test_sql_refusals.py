"""What drivers say of a refused row, and which field we blame for it."""

import pytest
from sqlalchemy import exc

from engine.adapters.sql.core.refusing import Rules, is_of_a_row, refusal_of
from engine.domain.errors import ErrorClass

RULES = Rules(
    "orders",
    ("id", "email", "amount", "shop"),
    {
        "PRIMARY": (("id",), None),
        "email_uk": (("email",), None),
        "orders_shop_fk": (("shop",), "shops"),
        "amount_ok": (("amount",), None),
        "FK__orders__shop__3B75D760": (("shop",), "shops"),
    },
)
DUPLICATE, REFERENCE = ErrorClass.DUPLICATE, ErrorClass.REFERENCE
VALIDATION, SCHEMA = ErrorClass.VALIDATION, ErrorClass.SCHEMA


@pytest.mark.parametrize(
    ("said", "code", "error_class", "field"),
    [
        # MariaDB and MySQL
        (
            "Duplicate entry 'amount' for key 'email_uk'",
            "unique_violation",
            DUPLICATE,
            "email",
        ),
        ("Duplicate entry '7' for key 'PRIMARY'", "unique_violation", DUPLICATE, "id"),
        ("Column 'amount' cannot be null", "not_null_violation", VALIDATION, "amount"),
        (
            "Field 'email' doesn't have a default value",
            "not_null_violation",
            VALIDATION,
            "email",
        ),
        (
            "Data too long for column 'email' at row 1",
            "value_too_long",
            VALIDATION,
            "email",
        ),
        (
            "Out of range value for column 'amount' at row 1",
            "value_out_of_range",
            VALIDATION,
            "amount",
        ),
        (
            "Incorrect decimal value: 'abc' for column `test`.`orders`.`amount` at row 1",
            "wrong_type",
            SCHEMA,
            "amount",
        ),
        (
            "Cannot add or update a child row: a foreign key constraint fails (`test`.`orders`, "
            "CONSTRAINT `orders_shop_fk` FOREIGN KEY (`shop`) REFERENCES `shops` (`id`))",
            "foreign_key_violation",
            REFERENCE,
            "shop",
        ),
        (
            "CONSTRAINT `amount_ok` failed for `test`.`orders`",
            "check_violation",
            VALIDATION,
            "amount",
        ),
        (
            "Check constraint 'amount_ok' is violated.",
            "check_violation",
            VALIDATION,
            "amount",
        ),
        # Oracle
        (
            "ORA-00001: unique constraint (SHOP.email_uk) violated",
            "unique_violation",
            DUPLICATE,
            "email",
        ),
        (
            'ORA-01400: cannot insert NULL into ("SHOP"."ORDERS"."amount")',
            "not_null_violation",
            VALIDATION,
            "amount",
        ),
        (
            "ORA-02291: integrity constraint (SHOP.orders_shop_fk) violated - "
            "parent key not found",
            "foreign_key_violation",
            REFERENCE,
            "shop",
        ),
        (
            'ORA-12899: value too large for column "SHOP"."ORDERS"."email" '
            "(actual: 12, maximum: 8)",
            "value_too_long",
            VALIDATION,
            "email",
        ),
        # SQL Server
        (
            "Violation of UNIQUE KEY constraint 'email_uk'. Cannot insert duplicate key in "
            "object 'dbo.orders'. The duplicate key value is (shop).",
            "unique_violation",
            DUPLICATE,
            "email",
        ),
        (
            "Cannot insert the value NULL into column 'amount', table 'dbo.orders'; column does "
            "not allow nulls. INSERT fails.",
            "not_null_violation",
            VALIDATION,
            "amount",
        ),
        (
            "The INSERT statement conflicted with the FOREIGN KEY constraint "
            '"FK__orders__shop__3B75D760". The conflict occurred in table "dbo.shops".',
            "foreign_key_violation",
            REFERENCE,
            "shop",
        ),
        (
            "String or binary data would be truncated in table 'dbo.orders', column 'email'.",
            "value_too_long",
            VALIDATION,
            "email",
        ),
        (
            "Arithmetic overflow error converting numeric to data type numeric.",
            "value_out_of_range",
            VALIDATION,
            None,
        ),
        # A sentence of no kind we know
        ("the moon is full", "refused_by_target", ErrorClass.UNCLASSIFIED, None),
    ],
)
def test_each_refusal_has_its_code_its_class_and_its_field(
    said: str, code: str, error_class: ErrorClass, field: str | None
) -> None:
    """T6; a value in the sentence may be called like a column."""
    failure = refusal_of(exc.IntegrityError("", {}, Exception(4025, said)), RULES)

    assert (failure.code, failure.error_class, failure.field) == (code, error_class, field)


@pytest.mark.parametrize(
    ("said", "of_a_row"),
    [
        ("CONSTRAINT `orders.cents` failed for `test`.`orders`", True),
        ("Incorrect string value: '\\xF0\\x9F' for column `test`.`orders`.`email`", True),
        ("Deadlock found when trying to get lock; try restarting transaction", False),
        ("Lost connection to MySQL server during query", False),
        ("Table 'test.orders' is read only", False),
    ],
)
def test_what_some_drivers_call_a_fault_of_the_system_is_a_row_s(
    said: str, *, of_a_row: bool
) -> None:
    """T3: MariaDB says of a broken check what it says of a lost connection."""
    assert is_of_a_row(exc.OperationalError("", {}, Exception(1, said))) is of_a_row
