"""Life for the first five minutes: written conversations and a player that says them."""

from streams.demo.player import Played, Player, Script, load_scripts, play, watch

__all__ = ["Played", "Player", "Script", "load_scripts", "play", "watch"]
