"""风险管控: patrols of places and equipment (MISSION S4)."""
