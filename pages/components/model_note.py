"""What people should know while 小栖 finds by words only: that its model is loading, or is not there."""

from .base import LiveElement


class ModelNote(LiveElement, component='model_note.js'):
    """A line that follows the model. Topic ``model``, frame ``state`` {state}; act ``model.state`` {} -> {state}."""

    def __init__(self, *, state: str, loading: str, off: str) -> None:
        """Show the line.

        :param state: ``loading``, ``ready``, or anything else for a model that is not there
        :param loading: words while it is loading
        :param off: words where it is not there
        """
        super().__init__()
        self.set_props(state=state, loading=loading, off=off)
