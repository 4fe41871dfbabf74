"""Rooms: one conversation among several bodies, about a case or a business district."""
