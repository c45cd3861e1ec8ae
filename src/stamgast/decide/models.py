"""The shape of strategies.yaml and blueprints.yaml: what may be written, and what each key is."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from stamgast.language.reader.forms import (
    Count,
    Label,
    Names,
    Plain,
    Strict,
    Window,
)

Channel: TypeAlias = Literal[
    "email", "app", "web", "post", "search", "social", "phone", "store", "sms"
]
Cost: TypeAlias = Literal["owned", "post", "paid", "human"]
COST: dict[Channel, Cost] = {
    "email": "owned",
    "app": "owned",
    "web": "owned",
    "sms": "paid",
    "post": "post",
    "search": "paid",
    "social": "paid",
    "phone": "human",
    "store": "human",
}
"""What a channel costs: owned is cheap, post and paid cost per person, human costs time."""

Level: TypeAlias = Literal[
    "do_not_contact", "vulnerable", "problem", "due", "cart", "segment", "stage"
]
LEVELS: tuple[Level, ...] = (
    "do_not_contact", "vulnerable", "problem", "due", "cart", "segment", "stage",
)  # fmt: skip
"""Most urgent first."""

OfferKind: TypeAlias = Literal[
    "none", "content", "service", "gesture", "early_access", "tier_discount",
    "welcome_back", "cross_sell", "reminder", "coupon",
]  # fmt: skip


class Applies(Strict):
    """For whom it is: exactly one of stage, segment, extension and problem."""

    stage: str | None = Field(None, description="Who is in this stage of the lifecycle.")
    anonymous: bool | None = Field(
        None, description="With stage: only visitors without a name (true), or only known ones."
    )
    segment: str | None = Field(None, description="Who is in this segment.")
    extension: str | None = Field(None, description="Who carries this extension.")
    values: list[str] | None = Field(
        None, min_length=1, description="With extension: one of these values."
    )
    problem: Literal["open"] | None = Field(None, description="Who has a problem that is open.")


class WhenForm(Strict):
    """Only while something else holds too."""

    stage: Names = Field(description="In one of these stages of the lifecycle.")


class OfferForm(Strict):
    """What is offered."""

    kind: OfferKind = Field(description="What sort of offer it is.")
    text: Label = Field(description="What is offered, for colleagues.")
    valid: Window | None = Field(None, description="For how long; the field {until} is its end.")


class EscalateForm(Strict):
    """When a person takes over."""

    to: Literal["phone", "store", "service"] = Field(description="Who takes over.")
    after_visits: Count | None = Field(
        None, description="After so many further visits without a purchase; 0 or left out: at once."
    )
    task: Label = Field(description="What that person does.")


class MessageForm(Strict):
    """An e-mail without its salutation and closing, which are added."""

    subject: Label = Field(description="The subject line.")
    body: Label = Field(description="The text; an empty line parts paragraphs.")


class MeasureForm(Strict):
    """How one knows whether it worked."""

    what: Label = Field(description="The figure to look at, against those left out.")
    within: Window = Field(description="So long after the message.")


class StrategyForm(Strict):
    """What to do for who is in a stage or segment, or carries an extension."""

    title: Label = Field(description="The advice in a few words.")
    for_: Applies = Field(alias="for", description="For whom it is.")
    when: WhenForm | None = Field(
        None, description="Only then: what suits a regular does not suit one who stays away."
    )
    level: Level | None = Field(
        None, description="How urgent; else problem, segment or stage, by what it is for."
    )
    goal: Label = Field(description="What it is to bring about.")
    why: Label = Field(description="Why this and not something else.")
    channels: list[Channel] | None = Field(
        None, min_length=1, description="Where to say it, the one to try first in front."
    )
    offer: OfferForm | None = Field(None, description="What is offered.")
    sender: str = Field("brand", description="Who signs: one of `senders`.")
    escalate: EscalateForm | None = Field(None, description="When a person takes over.")
    message: MessageForm | None = Field(None, description="The e-mail.")
    add: Label | None = Field(
        None, description="What the shop puts under the text before it goes out."
    )
    short: Label | None = Field(None, description="For a text message, the app or a banner.")
    script: Label | None = Field(None, description="For who speaks with the customer.")
    carried_out_by: list[Literal["campaign", "journey", "placement", "ads", "task"]] | None = Field(
        None, min_length=1, description="What carries it out, where there is such a thing."
    )
    measure: MeasureForm = Field(description="The figure to look at, and when.")
    needs: list[str] | None = Field(
        None, min_length=1, description="Blueprints: the data that it needs."
    )


class SenderForm(Strict):
    """Who signs a message."""

    label: Label = Field(description="The name on screens.")
    closing: Label = Field(description="The last lines of a message.")


class StrategiesFile(Strict):
    """strategies.yaml: any of these sections."""

    version: Literal[1] = Field(1, description="Version of the format.")
    parameters: dict[str, Plain] | None = Field(
        None, description="Values by name, used as $name in texts and where a single value stands."
    )
    senders: dict[str, SenderForm] | None = Field(None, description="Who can sign a message.")
    strategies: dict[str, StrategyForm] | None = Field(
        None, description="Advice by name; inside a level the first in the file goes first."
    )


# --- blueprints -----------------------------------------------------------------------------------


class _Need(Strict):
    optional: bool = Field(False, description="true: it is better with it, and works without.")
    at_least: Count | None = Field(None, description="So many customers must have it; else one.")
    why: Label | None = Field(None, description="What it is for, here.")


class OrdersNeed(_Need):
    """Purchases."""

    orders: Count = Field(description="Customers with at least so many purchases.")


class HistoryNeed(_Need):
    """A log that reaches far enough back."""

    history: Window = Field(description="So much time between the first and the last purchase.")


class HoldingNeed(_Need):
    """A kind of data."""

    data: Literal[
        "order_lines", "line_categories", "line_brands", "order_coupons", "order_discounts",
        "refunds", "refund_reasons", "catalogue", "subscriptions", "stores",
    ] = Field(description="What kind.")  # fmt: skip


class EventsNeed(_Need):
    """Events by name."""

    events: Names = Field(description="One of these events.")


class AttributeNeed(_Need):
    """An attribute."""

    attribute: str = Field(description="The attribute.")


class IdentifierNeed(_Need):
    """A way to reach somebody."""

    identifier: str = Field(description="A kind of identifier, such as email.")


class ConsentNeed(_Need):
    """Consent for a channel."""

    consent: Literal["email", "sms", "phone", "post", "ads", "app"] = Field(
        description="The channel."
    )


NEED_FORMS: dict[str, type[_Need]] = {
    "orders": OrdersNeed,
    "history": HistoryNeed,
    "data": HoldingNeed,
    "events": EventsNeed,
    "attribute": AttributeNeed,
    "identifier": IdentifierNeed,
    "consent": ConsentNeed,
}


def _need_head(value: object) -> str:
    if isinstance(value, dict):
        return next((f"#{key}" for key in value if key in NEED_FORMS), "#none")
    return next((f"#{key}" for key, form in NEED_FORMS.items() if type(value) is form), "#none")


NeedForm: TypeAlias = Annotated[
    Annotated[OrdersNeed, Tag("#orders")]
    | Annotated[HistoryNeed, Tag("#history")]
    | Annotated[HoldingNeed, Tag("#data")]
    | Annotated[EventsNeed, Tag("#events")]
    | Annotated[AttributeNeed, Tag("#attribute")]
    | Annotated[IdentifierNeed, Tag("#identifier")]
    | Annotated[ConsentNeed, Tag("#consent")],
    Discriminator(_need_head),
]


class BlueprintForm(Strict):
    """A use case and the data that it needs."""

    label: Label = Field(description="The name on screens.")
    about: Label = Field(description="What it does for the shop.")
    needs: list[NeedForm] = Field(min_length=1, description="The data that it needs.")


class SourceForm(Strict):
    """A kind of data, and where one gets it."""

    label: Label = Field(description="What it is called; {name}, {count} or {days} in it.")
    how: Label = Field(description="Which export it is in, and as what it is read.")


class BlueprintsFile(Strict):
    """blueprints.yaml: any of these sections."""

    version: Literal[1] = Field(1, description="Version of the format.")
    parameters: dict[str, Plain] | None = Field(None, description="Values by name, used as $name.")
    sources: dict[str, SourceForm] | None = Field(
        None, description="Kinds of data by name, and where they come from."
    )
    blueprints: dict[str, BlueprintForm] | None = Field(None, description="Use cases by name.")
