"""The section `crm`: interactions, surveys, complaints, campaigns and responses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ValidationInfo, field_validator

from dhub.profiles.base import Section, earlier, must
from dhub.profiles.people import SEGMENTS
from dhub.profiles.values import Among, By, Count, Counts, Keys, Mix, Numbers, Share, Years, refuse

CHANNELS = ("phone", "email", "web", "mobile_app", "branch")


class Crm(Section):
    """What passes between the bank and its customers.

    `interaction_from` says which mix is given: of `channel`, which then decides the type, or of
    `type`, which then decides the channel. The other mix settles only what the first leaves open.
    """

    interactions: Annotated[Mix, Numbers(0, 30)]
    interaction_from: Literal["channel", "type"]
    channel: Annotated[Mix, Among(*CHANNELS)]
    type: Annotated[Mix, Among("call", "email", "branch_visit", "chat", "complaint")]
    complaint_share: Share
    duration: Counts
    duration_median: Annotated[By[Count], Keys("phone", "web", "mobile_app", "branch")]
    handled: Share
    outcome: Annotated[Mix, Among("resolved", "escalated", "follow_up_needed")]
    survey_share: Share
    nps: Annotated[Mix, Numbers(0, 10)]
    satisfaction: Annotated[Mix, Numbers(1, 5)]
    survey_comments: Share
    survey_days: Counts
    complainers: Share
    complaints_per_complainer: Counts
    complaint_type: Annotated[Mix, Among("service", "fee", "product", "fraud", "other")]
    complaint_status: Annotated[Mix, Among("resolved", "investigating", "closed", "open")]
    complaint_priority: Annotated[Mix, Among("critical", "high", "medium", "low")]
    resolution_hours: Counts
    complaint_assigned: Share
    campaigns: Counts
    campaign_type: Annotated[
        Mix, Among("email", "digital", "cross_sell", "direct_mail", "retention")
    ]
    campaign_segment: Annotated[Mix, Among("all", *SEGMENTS)]
    campaign_years: Years
    responders: Share
    responses_per_responder: Annotated[Mix, Numbers(1, 20)]
    response_type: Annotated[Mix, Among("clicked", "opened", "unsubscribed", "purchased")]
    converted: Share

    @field_validator("complaint_share")
    @classmethod
    def _share_of_type(cls, value: float, info: ValidationInfo) -> float:
        mix = earlier(info, "type") if earlier(info, "interaction_from") == "type" else None
        same = mix is None or abs(mix.share("complaint") - value) < 1e-9
        must(same, f"{value:g} is not the weight of type.complaint")
        return value

    @field_validator("complaints_per_complainer")
    @classmethod
    def _one_to_one(cls, value: Counts, info: ValidationInfo) -> Counts:
        names = ("interactions", "complaint_share", "complainers")
        interactions, share, complainers = (earlier(info, name) for name in names)
        if interactions is not None and share is not None and complainers:
            mean = interactions.mean * share / complainers
            must(
                value.low <= mean <= value.high,
                f"[{value.low}, {value.high}] does not hold the mean: each complaint is an "
                f"interaction, and interactions x complaint_share / complainers = {mean:.3g}",
            )
        return value

    @field_validator("responses_per_responder")
    @classmethod
    def _one_a_campaign(cls, value: Mix, info: ValidationInfo) -> Mix:
        campaigns, most = earlier(info, "campaigns"), max(value.numbers)
        enough = campaigns is None or most <= campaigns.low
        must(enough, f"{most} is above the low of campaigns, and one may respond to each once")
        return value

    @field_validator("duration_median")
    @classmethod
    def _median_of_durations(cls, value: By[int], info: ValidationInfo) -> By[int]:
        duration = earlier(info, "duration")
        outside = [
            ((name,), f"{median} lies outside duration")
            for name, median in value.items()
            if duration is not None and not duration.low <= median <= duration.high
        ]
        if outside:
            refuse(outside)
        return value

    @field_validator("converted")
    @classmethod
    def _funnel(cls, value: float, info: ValidationInfo) -> float:
        mix = earlier(info, "response_type")
        if mix is not None:
            low, high = mix.share("purchased"), mix.share("purchased", "clicked")
            inside = low - 1e-9 <= value <= high + 1e-9
            must(inside, f"{value:g} lies outside {low:g} (purchased) to {high:g} (with clicked)")
        return value
