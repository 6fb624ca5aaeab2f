"""``python -m analyzer.lab``: the lab without the rest of the command line."""

from analyzer.lab.command import lab

if __name__ == "__main__":
    lab()
