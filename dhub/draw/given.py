"""Gives the commonest first names of each decade of birth, women and men, the commonest first.

Used by `make_pools` only. The order is that of US births (Social Security's lists, shortened and
from memory); a name that stands in none of them keeps the weight that Faker has for it.
"""

from __future__ import annotations

DECADES = (1930, 1940, 1950, 1960, 1970, 1980, 1990, 2000, 2010)
_WOMEN = (
    "Mary Betty Barbara Shirley Patricia Dorothy Joan Margaret Nancy Helen Carol Joyce Doris"
    " Ruth Virginia Marilyn Elizabeth Jean Frances Beverly Lois Alice Donna Martha Dolores Janet"
    " Phyllis Norma Carolyn Evelyn Gloria Anna Marie Ann",
    "Mary Linda Barbara Patricia Carol Sandra Nancy Sharon Judith Susan Betty Carolyn Margaret"
    " Shirley Judy Karen Donna Kathleen Joyce Dorothy Janet Diane Janice Joan Elizabeth Brenda"
    " Gloria Virginia Marilyn Martha Beverly Helen Bonnie Ruth",
    "Mary Linda Patricia Susan Deborah Barbara Debra Karen Nancy Donna Cynthia Sandra Pamela"
    " Sharon Kathleen Carol Diane Brenda Cheryl Janet Elizabeth Kathy Margaret Janice Carolyn"
    " Denise Judy Rebecca Joyce Teresa Christine Catherine Shirley Judith",
    "Lisa Mary Susan Karen Kimberly Patricia Linda Donna Michelle Cynthia Sandra Deborah Tammy"
    " Pamela Lori Laura Elizabeth Julie Brenda Jennifer Barbara Angela Sharon Debra Teresa Nancy"
    " Christine Cheryl Denise Kelly Tina Kathleen Robin Dawn",
    "Jennifer Amy Melissa Michelle Kimberly Lisa Angela Heather Stephanie Nicole Jessica"
    " Elizabeth Rebecca Kelly Mary Christina Amanda Julie Sarah Laura Shannon Christine Tammy"
    " Tracy Karen Dawn Susan Andrea Tina Patricia Cynthia Lori Maria Rachel",
    "Jessica Jennifer Amanda Ashley Sarah Stephanie Melissa Nicole Elizabeth Heather Tiffany"
    " Michelle Amber Megan Amy Rachel Kimberly Christina Lauren Crystal Brittany Rebecca Laura"
    " Danielle Emily Samantha Angela Erin Kelly Sara Lisa Katherine Andrea Jamie",
    "Jessica Ashley Emily Sarah Samantha Amanda Brittany Elizabeth Taylor Megan Hannah Kayla"
    " Lauren Stephanie Rachel Jennifer Nicole Alexis Victoria Amber Alyssa Courtney Rebecca"
    " Danielle Jasmine Brianna Katherine Alexandra Madison Morgan Melissa Michelle Kelsey"
    " Chelsea",
    "Emily Madison Emma Olivia Hannah Abigail Isabella Samantha Elizabeth Ashley Alexis Sarah"
    " Sophia Alyssa Grace Ava Taylor Brianna Lauren Chloe Natalie Kayla Jessica Anna Victoria"
    " Mia Hailey Sydney Jasmine Julia Morgan Destiny Rachel Ella",
    "Emma Olivia Sophia Isabella Ava Mia Abigail Emily Charlotte Madison Elizabeth Amelia"
    " Evelyn Ella Chloe Harper Avery Sofia Grace Addison Victoria Lily Natalie Aubrey Lillian"
    " Zoey Hannah Layla Brooklyn Scarlett Zoe Camila Samantha Riley",
)
_MEN = (
    "Robert James John William Richard Charles Donald George Thomas Joseph David Edward Ronald"
    " Paul Kenneth Frank Raymond Jack Harold Billy Gerald Walter Jerry Joe Eugene Henry Carl"
    " Ralph Arthur Larry Albert Willie Wayne Roger",
    "James Robert John William Richard David Charles Thomas Michael Ronald Larry Donald Joseph"
    " Gary George Kenneth Paul Edward Jerry Dennis Frank Daniel Raymond Roger Stephen Gerald"
    " Walter Harold Douglas Lawrence Terry Wayne Arthur Jack",
    "James Michael Robert John David William Richard Thomas Mark Charles Steven Gary Joseph"
    " Donald Ronald Kenneth Paul Larry Daniel Stephen Dennis Timothy Edward Jeffrey George"
    " Gregory Kevin Douglas Terry Anthony Jerry Bruce Randy Frank",
    "Michael David John James Robert Mark William Richard Thomas Jeffrey Steven Joseph Timothy"
    " Kevin Scott Brian Charles Paul Daniel Christopher Kenneth Anthony Gregory Ronald Donald"
    " Gary Stephen Eric Edward Douglas Todd Patrick George Keith",
    "Michael Christopher Jason David James John Robert Brian William Matthew Joseph Daniel"
    " Kevin Eric Jeffrey Richard Scott Mark Steven Thomas Timothy Anthony Charles Joshua Ryan"
    " Jeremy Paul Andrew Gregory Chad Kenneth Jonathan Stephen Shawn",
    "Michael Christopher Matthew Joshua David James Daniel Robert John Joseph Jason Justin"
    " Andrew Ryan William Brian Brandon Jonathan Nicholas Anthony Eric Adam Kevin Thomas Steven"
    " Timothy Richard Jeremy Jeffrey Kyle Benjamin Aaron Charles Mark",
    "Michael Christopher Matthew Joshua Jacob Nicholas Andrew Daniel Tyler Joseph Brandon David"
    " James Ryan John Zachary Justin William Anthony Robert Jonathan Austin Alexander Kyle Kevin"
    " Thomas Cody Jordan Eric Benjamin Aaron Christian Samuel Dylan",
    "Jacob Michael Joshua Matthew Daniel Christopher Andrew Ethan Joseph William Anthony David"
    " Alexander Nicholas Ryan Tyler James John Jonathan Noah Brandon Christian Dylan Samuel"
    " Benjamin Zachary Nathan Logan Justin Gabriel Jose Austin Kevin Elijah",
    "Noah Liam Jacob William Mason Ethan Michael Alexander James Elijah Benjamin Daniel Aiden"
    " Logan Jayden Matthew Lucas David Jackson Joseph Anthony Samuel Joshua Gabriel Andrew John"
    " Christopher Oliver Dylan Carter Isaac Luke Henry Owen",
)


def ranked(women: bool) -> tuple[tuple[str, ...], ...]:
    """The names of each of DECADES, the commonest first."""
    return tuple(tuple(names.split()) for names in (_WOMEN if women else _MEN))


def share(rank: int) -> float:
    """The share of a decade's births that the name of a rank has: 3 % for the first (measured)."""
    return 0.33 / (rank + 11)
