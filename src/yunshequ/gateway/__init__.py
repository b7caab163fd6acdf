"""Plain HTTP: cookies, pictures, exports, health; for clients that are not our pages."""
