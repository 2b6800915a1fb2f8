"""Asking for, granting, delivering and proving shared data, and the base data of both provinces."""
