"""jambonz, simulated: its webhooks, its verbs, its signature and its API."""

from local.phone.jambonz.dialect import Jambonz

JAMBONZ = Jambonz()
