"""Emergencies (突发事件): incidents, calls for volunteers, shifts and their seats. Never one seat too many."""
