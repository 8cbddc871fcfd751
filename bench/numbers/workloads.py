"""Traffic that the allocator is measured on. Every day is as busy as the next; seeds vary it.

What is sourced says so; all else is an assumption.
"""

from tools.planning.spans import Span
from tools.planning.traffic import Crowd, Traffic

COUNTRIES = {"US": 0.6, "GB": 0.3, "FR": 0.1}

# Lunch from 11 to 13 and the evening from 17 to 21 are the peaks; the weights are assumed.
# Source: https://sites.google.com/wolt.com/websiteforcourierpartners/home/important-information/delivery/when-to-deliver
_MEALS = (2, 1, 1, 1, 1, 1, 1, 2, 3, 4, 6, 10, 12, 10, 6, 4, 5, 9, 13, 13, 10, 6, 4, 3)
# Commutes and evenings, assumed.
_RIDES = (5, 3, 2, 1, 1, 2, 4, 8, 9, 7, 5, 5, 6, 6, 6, 7, 8, 10, 11, 10, 9, 9, 8, 6)

# Orders come in less than 45 minutes, about 3 an hour and courier.
# Source: https://www.charlesrubenfeld.com/is-uber-eats-pool-the-secret-to-cheap-food-delivery/
# A batched order of one restaurant is two. Source: https://help.uber.com/merchants-and-restaurants
# /article/how-do-multiple-batched-orders-work. Three is allowed for here. Customers may wait for
# two orders.
FOOD_DELIVERY = Traffic(
    sessions_per_hour=600,
    minutes=40,
    shortest_minutes=10,
    cooloff_minutes=60,
    firsts=Crowd(people=450, at_once=3),
    seconds=Crowd(people=20_000, at_once=2),
    countries=COUNTRIES,
    hourly=_MEALS,
)

# The next ride is accepted before the present one is over, so a driver has two at most.
# Source: https://www.uber.com/ie/en/drive/basics/back-to-back-trips/
RIDE_HAILING = Traffic(
    sessions_per_hour=900,
    minutes=25,
    shortest_minutes=5,
    cooloff_minutes=30,
    firsts=Crowd(people=800, at_once=2),
    seconds=Crowd(people=30_000, at_once=1),
    countries=COUNTRIES,
    hourly=_RIDES,
)

# On Amazon 700 sellers make a tenth of the sales and 33,000 make half: Zipf's law with an exponent
# of 0.6. Source: https://www.marketplacepulse.com/articles/amazons-shrinking-reliance-on-top-sellers
# A little heavier here. Sellers have no limit, some sell abroad, and some buy of each other.
MARKETPLACE = Traffic(
    sessions_per_hour=300,
    minutes=600,
    shortest_minutes=60,
    cooloff_minutes=1440,
    firsts=Crowd(people=5_000, skew=0.7),
    seconds=Crowd(people=20_000, at_once=20, skew=0.5),
    countries=COUNTRIES,
    abroad=0.15,
    among_firsts=0.05,
)

# No trade has it: everybody deals with everybody, and all are kept at a limit of ten sessions.
EQUALS = Traffic(
    sessions_per_hour=300,
    minutes=60,
    shortest_minutes=5,
    firsts=Crowd(people=100, at_once=10),
    seconds=Crowd(people=1, at_once=10),
    among_firsts=1.0,
)


def worst_case(k: int) -> list[Span]:
    """Sessions without end in the order that costs first fit 2k - 1 numbers; nobody has over k.

    k - 1 people fill the numbers 1 to k - 1 with strangers. One person meets each of them and is
    driven up to the numbers k to 2k - 2. Whoever then has 1 to k - 1 shares no free number with
    that person but the next one. No order costs more, with endings or without: each party holds
    at most k - 1 numbers when a session begins.
    """
    filled = [f"filled {index}" for index in range(k)]
    pairs = [(one, f"stranger {one} {index}") for one in filled for index in range(k - 1)]
    pairs += [("driven up", one) for one in filled]
    return [Span(starts_at=at, ends_at=10**9, first=a, second=b) for at, (a, b) in enumerate(pairs)]
