from . import aggregate as aggregate
from . import checkpoints as checkpoints
from . import checks as checks
from . import constrained as constrained
from . import decomposition as decomposition
from . import experiments as experiments
from . import files as files
from . import history as history
from . import images as images
from . import linear as linear
from . import metrics as metrics
from . import objectives as objectives
from . import plots as plots
from . import quadrature as quadrature
from . import results as results
from . import schedules as schedules
from . import threads as threads
from . import training as training
from . import vae as vae
from . import validation as validation
from . import widgets as widgets
from . import worlds as worlds
from . import zoo as zoo
from .training import train as train
from .vae import VAE as VAE
from .vae import posterior as posterior

__version__: str
