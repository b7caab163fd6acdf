"""What every room of the house stands on; knows no module."""
